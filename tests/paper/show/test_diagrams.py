"""The framework diagram: what it says, that nothing overlaps or sticks out, and that it is the same file every time."""

from itertools import combinations

import pytest

from dynnet.paper.show import diagrams


@pytest.fixture(scope="module")
def figure():
    return diagrams.framework()


def texts(figure):
    return [text for text in figure.axes[0].texts if text.get_text()]


def test_it_shows_one_block_and_three_with_an_alpha_each(figure):
    words = [text.get_text() for text in texts(figure)]
    for symbol in (
        r"$\psi$",
        r"$\alpha_m$",
        *(rf"$\psi^{n}$" for n in range(3)),
        *(rf"$\alpha_m^{n}$" for n in range(3)),
    ):
        assert words.count(symbol) == 1
    assert any(r"z + \alpha_m" in word for word in words)
    assert {r"$\theta^0$", r"$\theta^3$"} <= set(words)


def test_the_objectives_have_the_colours_of_the_phases_that_train_on_them(figure):
    colours = {text.get_text(): text.get_color() for text in texts(figure)}
    assert colours[r"objective $\mathcal{O}_0$"] == colours[r"main network $\theta$"] == diagrams.MAIN
    assert colours[r"objective $\mathcal{O}_1$"] == colours[r"tuning-blocks $\psi$"] == diagrams.BLOCK


def test_no_two_texts_overlap_and_none_leaves_the_page(figure):
    renderer = figure.canvas.get_renderer()
    boxes = {text.get_text() + str(text.get_position()): text.get_window_extent(renderer) for text in texts(figure)}
    page = figure.bbox
    for name, box in boxes.items():
        assert page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1, name
    for (one, a), (other, b) in combinations(boxes.items(), 2):
        assert not a.overlaps(b), (one, other)


def test_it_is_written_as_png_and_svg_with_the_same_bytes_every_time(figure, tmp_path):
    first = diagrams.save(figure, tmp_path / "one")
    second = diagrams.save(diagrams.framework(), tmp_path / "two")
    assert [path.name for path in first] == ["fig2.png", "fig2.svg"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
