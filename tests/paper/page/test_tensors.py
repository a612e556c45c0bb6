"""What is packed comes out again as it was; `web/unpack.js` reads the same."""

import numpy as np
import pytest

from dynnet.paper.page.rounding import step_near
from dynnet.paper.page.tensors import FIRST, Pack, as_integers, as_text

draws = np.random.default_rng(0)


@pytest.mark.parametrize("size", [1e-5, 0.0031, 0.7, 3.0])
@pytest.mark.parametrize("largest", [1, 127, 900])
def test_whole_multiples_of_a_step_are_found_without_loss(size: float, largest: int) -> None:
    integers = draws.integers(-largest, largest, (6, 3, 3, 3), endpoint=True)
    array = (integers * step_near(size)).astype(np.float32)
    found, code = as_integers(array)
    assert np.array_equal(found * (4 + code % 4) * 2.0 ** (code // 4), array)
    assert np.abs(found).max() <= np.abs(integers).max()


def test_other_numbers_are_no_multiples() -> None:
    assert as_integers(draws.standard_normal((4, 5))) is None
    assert as_integers(np.zeros((4, 5))) is None


@pytest.mark.parametrize("size", [2.0**-9, 0.0042, 1 / 3])
def test_a_step_near_a_size_is_within_an_eighth_of_it(size: float) -> None:
    assert abs(step_near(size) / size - 1) <= 1 / 8


@pytest.mark.parametrize("length", [0, 1, 14, 15, 16, 1000])
def test_text_holds_the_bytes(length: int) -> None:
    content = draws.integers(0, 256, length, dtype=np.uint8).tobytes()
    text = as_text(content)
    groups = np.array([ord(character) - FIRST for character in text], np.uint16)
    bits = ((groups[:, None] >> np.arange(14, -1, -1)) & 1).astype(np.uint8).flatten()
    assert np.packbits(bits[: 8 * length]).tobytes() == content
    assert all(FIRST <= ord(character) < 0xD800 for character in text)  # letters, which no page and no decoder changes


def test_a_tensor_is_stored_once_in_all_packs() -> None:
    tensors: dict = {}
    first, second = Pack("first", tensors), Pack("second", tensors)
    array = (draws.integers(-300, 300, (8, 9)) * 0.5).astype(np.float32)
    assert first.tensor(array) == second.tensor(array) and len(second.body) == 0
    assert [entry["pack"] for entry in tensors.values()] == ["first"]
    assert first.tensor(array.reshape(9, 8)) != first.tensor(array)


@pytest.mark.parametrize(
    ("array", "size"),
    [
        (np.full((4, 4), 0.25, np.float32), 2),
        (np.arange(300, dtype=np.float32).reshape(3, 100), 2),
        (np.array([[1 / 3, 0.1]], np.float32), 4),
        (np.array([0.5, 0.25], np.float32), 4),
    ],
)
def test_multiples_of_a_step_take_two_bytes_and_others_four(array: np.ndarray, size: int) -> None:
    pack = Pack("pack", {})
    entry = pack.tensors[pack.tensor(array)]
    assert ("step" in entry) == (size == 2) and len(pack.body) == size * array.size
