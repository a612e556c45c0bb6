"""Recipes: the shipped ones load, and a mistake in one is named."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dynnet.errors import DynnetError
from dynnet.paper.data.pictures import write_png
from dynnet.paper.faces.recipe import Recipe as FacesRecipe
from dynnet.paper.locations import PROJECT
from dynnet.paper.recipe import PROFILES, load_recipe, recipe_names
from dynnet.paper.run import Folders, train_recipe
from dynnet.paper.style.network import TransformerNet
from dynnet.paper.style.recipe import Recipe
from tests.tiny import TINY

ROOM = PROJECT / "dynnet" / "paper"


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", recipe_names())
def test_every_shipped_recipe_has_every_profile(name: str, profile: str) -> None:
    recipe = load_recipe(name, profile)
    assert recipe.figure == name and recipe.profile_name == profile
    trained = [network for network in recipe.networks if not network.of and network.kind != "given"]
    assert all(recipe.phase(network).steps > 0 for network in trained)
    assert recipe.with_checkpoints().profile_name == recipe.profile.evaluation.checkpoints
    if isinstance(recipe, Recipe):
        network, photos = TransformerNet(2), recipe.profile.photos
        assert all(network.input_channels(path) for path in recipe.blocks_at)
        assert 16 <= photos.crop <= photos.scale[0] * photos.size  # no network takes less, and no scale is cut off


def test_an_unknown_application_is_named(tmp_path: Path) -> None:
    with pytest.raises(DynnetError, match=r"application = 'music'; there are .*completion, .*style"):
        load_recipe(write(tmp_path, "title =", 'application = "music"\ntitle ='))


def test_a_recipe_belongs_to_the_folder_it_lies_in_and_names_its_application_elsewhere(tmp_path: Path) -> None:
    shipped = next(ROOM.glob("faces/*.toml"))
    assert type(load_recipe(shipped)) is type(load_recipe(shipped.stem)) is FacesRecipe
    copy = tmp_path / "faces" / "own.toml"
    copy.parent.mkdir()
    copy.write_text(f'application = "faces"\n{shipped.read_text()}')
    assert load_recipe(copy).networks == load_recipe(shipped).networks
    assert type(load_recipe(TINY)) is Recipe  # without a word it is one of style


def test_no_two_recipes_share_a_name() -> None:
    assert len(recipe_names()) == len(set(recipe_names())) > 5


def test_the_one_network_of_a_kind() -> None:
    recipe = load_recipe(TINY)
    assert recipe.only("blocks").name == "blocks"
    for kind, count in (("main", 2), ("judge", 0)):
        with pytest.raises(DynnetError, match=f"expected one network of kind = '{kind}', got {count}"):
            recipe.only(kind)


def test_figure_3_is_the_papers() -> None:
    recipe = load_recipe("fig3", "paper")
    mains = [network.lambda_style for network in recipe.networks if network.kind == "main"]
    assert mains == [2e4, 5e4, 1e5, 2e5, 5e5, 1e6]
    assert (recipe.network("blocks").on, recipe.network("blocks").lambda_style) == ("main", 1e6)
    assert recipe.profile.width == 32 and recipe.profile.features == "vgg16" and recipe.profile.warm is None


def write(folder: Path, old: str = "", new: str = "") -> Path:
    text = TINY.read_text()
    assert old in text
    path = folder / "changed.toml"
    path.write_text(text.replace(old, new, 1))
    return path


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("title =", "colour = 1\ntitle =", "colour"),
        ("width = 2", "width = 2\nwidht = 3", "profile.widht"),
        ('on = "main"', 'on = "main"\nlamda = 3', "networks.1.lamda"),
        ("rate = 2e-3 }", "rate = 2e-3, momentum = 0.9 }", "profile.blocks.momentum"),
        ("seed = 0, size", "sede = 0, size", "styles.default.sede"),
    ],
)
def test_an_unknown_key_is_named(tmp_path: Path, old: str, new: str, key: str) -> None:
    with pytest.raises(DynnetError, match=f"unknown key '{key}'; remove it or correct its spelling"):
        load_recipe(write(tmp_path, old, new))


CONDITIONAL = """[[networks]]
name = "cin"
kind = "conditional_in"
styles = ["a"]

[profiles.cpu]
conditional_in = { steps = 9, rate = 1e-3 }"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("width = 2", "width = 0", r"profile\.width: .*greater than or equal to 1, got '0'"),
        ("width = 2", 'width = "wide"', r"profile\.width: .*got 'wide'"),
        ("width = 2\n", "", r"profile\.width: Field required"),
        ("lambda_style = 2e4", "lambda_style = -1", r"networks\.0\.lambda_style"),
        ('kind = "main"', 'kind = "head"', r"networks\.0\.kind: .*got 'head'"),
        ('features = "vgg19_lite"', 'features = "resnet"', r"profile\.features: .*vgg19_lite.*vgg16"),
        ("steps = 9", "steps = 0", r"profile\.blocks: expected steps >= 1, .*got 0"),
        ("steps = 9", "steps = 9.5", r"profile\.blocks\.steps"),
        ('house = "great_wave"', 'house = "great_wave", picture = "a.jpg"', "either 'house' or 'picture'"),
        ('house = "great_wave", ', "", "either 'house' or 'picture'"),
        ('on = "main"\n', "", "blocks: 'on' is for kind"),
        ('start = "main"', 'on = "main"', "fixed_1e6: 'on' is for kind"),
        ('start = "main"', 'start = "later"', "fixed_1e6: the network 'later' must come before it"),
        ('on = "main"', 'on = "blocks"', "blocks: the network 'blocks' must come before it"),
        ('on = "main"', 'on = "main"\nstyle = "other"', "blocks: no style 'other'; there are default"),
        ("lambda_style = 2e4\n", "", "main: give it a lambda_style, or give its style one"),
        ('kind = "main"', 'kind = "main"\nrank = 3', "main: 'rank' is for kind"),
        ('kind = "blocks"', 'kind = "blocks"\nrank = 3\ncoupled = true', "'rank' is for kind"),
        ('kind = "main"', 'kind = "main"\nstyles = ["default"]', "main: 'styles' is for the baselines"),
        ('kind = "main"', 'kind = "adain"', "main: 'styles' is for the baselines of several styles, and needed there"),
        ('kind = "main"', 'kind = "adain"\nstyles = ["default"]', "main: the profile does not say how to train"),
        ("[profiles.cpu]", CONDITIONAL, "cin: no style 'a'; there are default"),
        ('kind = "main"', 'kind = "main"\nof = "../main"', r"networks\.0\.of"),
        (
            "blocks_at =",
            'together = { both = ["blocks", "main"] }\nblocks_at =',
            "both: blocks, main must be blocks on",
        ),
        ("blocks_at =", 'together = { both = ["gone"] }\nblocks_at =', "tiny has no network 'gone'"),
    ],
)
def test_a_bad_value_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(DynnetError, match=said) as caught:
        load_recipe(write(tmp_path, old, new))
    assert "profile cpu" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("profiles = 3", r"expected a table profiles, got '3'; write \[profiles\]"),
        ("profiles = { cpu = 3 }\nstyles = { default = {} }", r"expected a table profiles\.cpu, got '3'"),
        ("profiles = { cpu = {} }\nstyles = [1]", r"expected a table styles, got '\[1\]'"),
        ("profiles = { cpu = {} }\nstyles = { default = 1 }", r"expected a table styles\.default, got '1'"),
        ('application = ["style"]', r"application = .*there are .*style"),
        ("profile = 1\nprofiles = { cpu = {} }\nstyles = { default = {} }", "profile cpu: "),
    ],
)
def test_a_value_in_place_of_a_table_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "odd.toml").write_text(text)
    with pytest.raises(DynnetError, match=said) as caught:
        load_recipe(tmp_path / "odd.toml", style=Path("a.jpg"), precision="bf16-mixed")
    assert "\n" not in str(caught.value)


def test_what_is_no_recipe(tmp_path: Path) -> None:
    with pytest.raises(DynnetError, match=r"no recipe 'fig99'; there are .*fig3"):
        load_recipe("fig99")
    with pytest.raises(DynnetError, match=r"no recipe file .*gone\.toml"):
        load_recipe(tmp_path / "gone.toml")
    with pytest.raises(DynnetError, match="is not TOML"):
        load_recipe(write(tmp_path, "title =", "title"))


def test_an_unknown_profile_lists_the_profiles(tmp_path: Path) -> None:
    with pytest.raises(DynnetError, match="has no profile 'huge'; it has smoke, cpu, paper"):
        load_recipe("fig3", "huge")
    (tmp_path / "empty.toml").write_text("")
    with pytest.raises(DynnetError, match="it has none"):
        load_recipe(tmp_path / "empty.toml")


def test_a_style_picture_takes_the_place_of_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    style = load_recipe(TINY, style=Path("painting.jpg")).styles["default"]
    assert style.picture == tmp_path / "painting.jpg" and style.house is None


@pytest.mark.parametrize("given", ["size = 64", "lambda_style = 7.0", "size = 64, lambda_style = 7.0", "seed = 0"])
@pytest.mark.parametrize("source", ['house = "great_wave"', 'picture = "own.jpg"'])
def test_the_recipes_own_picture_given_as_a_style_is_the_recipe(tmp_path: Path, given: str, source: str) -> None:
    own = load_recipe(write(tmp_path, 'house = "great_wave", seed = 0, size = 32', f"{source}, {given}"))
    again = load_recipe(tmp_path / "changed.toml", style=tmp_path / "own.jpg")
    style, other = own.styles["default"], again.styles["default"]
    assert (style.size, style.lambda_style) == (other.size, other.lambda_style)
    assert other.picture == tmp_path / "own.jpg" and other.house is None
    for network in own.networks:
        assert own.lambda_of(network) == again.lambda_of(again.network(network.name))
    assert own.model_dump(exclude={"styles"}) == again.model_dump(exclude={"styles"})


def test_the_recipes_own_picture_given_as_a_style_trains_the_recipes_network(tmp_path: Path) -> None:
    (tmp_path / "data" / "photos").mkdir(parents=True)
    for k in range(6):
        write_png(
            np.random.default_rng(k).integers(0, 256, (50, 60, 3), "u1"), tmp_path / "data" / "photos" / f"{k}.png"
        )
    painting = tmp_path / "data" / "styles" / "own.png"
    write_png(np.random.default_rng(9).integers(0, 256, (80, 90, 3), "u1"), painting)
    changed = 'picture = "styles/own.png", size = 40, lambda_style = 3e4'
    path = write(tmp_path, 'house = "great_wave", seed = 0, size = 32', changed)
    path.write_text(path.read_text().replace("lambda_style = 2e4\n", ""))
    written = []
    for name, style in (("recipe", None), ("given", painting)):
        folders = Folders(tmp_path / "data", tmp_path / name / "out", tmp_path / name / "runs", tmp_path / "cache")
        written.append(train_recipe(load_recipe(path, style=style), folders, only=["main"])[0])
    assert written[0].read_bytes() == written[1].read_bytes()


def test_a_recipe_of_several_styles_has_none_to_replace() -> None:
    with pytest.raises(DynnetError, match=r"recipe fig5 has several styles \(large, small, larger\)"):
        load_recipe("fig5", style=Path("painting.jpg"))
    with pytest.raises(DynnetError, match=r"recipe fig6 has no style to replace by .*painting\.jpg"):
        load_recipe("fig6", style=Path("painting.jpg"))


def test_each_network_has_its_phase() -> None:
    recipe = load_recipe(TINY)
    assert [recipe.phase(network).steps for network in recipe.networks] == [30, 9, 8]
    cold = recipe.model_copy(update={"profile": recipe.profile.model_copy(update={"warm": None})})
    assert [cold.phase(network).steps for network in cold.networks] == [30, 9, 30]


@pytest.mark.parametrize("name", recipe_names())
def test_steps_take_the_place_of_every_phases_own_and_of_nothing_else(name: str) -> None:
    recipe, short = load_recipe(name, "paper"), load_recipe(name, "paper", steps=9)
    for network in recipe.networks:
        if network.kind != "given" and not network.of:
            assert short.phase(network) == replace(recipe.phase(network), steps=9) != recipe.phase(network)
    with pytest.raises(DynnetError, match=r"profile\.steps: .*got '0'"):
        load_recipe(name, "paper", steps=0)


def test_a_seed_takes_the_place_of_the_recipes_and_of_nothing_else() -> None:
    recipe, other = load_recipe(TINY), load_recipe(TINY, seed=3)
    assert other.seed == 3 and other.model_copy(update={"seed": recipe.seed}) == recipe
    with pytest.raises(DynnetError, match=r"seed: .*got '-1'"):
        load_recipe(TINY, seed=-1)


def test_a_network_takes_its_styles_lambda_unless_it_has_its_own(tmp_path: Path) -> None:
    recipe = load_recipe(write(tmp_path, "seed = 0, size", "lambda_style = 7, size"))
    main = recipe.network("main")
    assert recipe.lambda_of(main) == 2e4
    assert recipe.lambda_of(main.model_copy(update={"lambda_style": None})) == 7
    assert recipe.lambda_of(main.model_copy(update={"lambda_style": 0.0})) == 0


def test_precision_takes_the_place_of_the_profiles() -> None:
    assert load_recipe(TINY).profile.precision == "32-true"
    assert load_recipe(TINY, precision="bf16-mixed").profile.precision == "bf16-mixed"
    with pytest.raises(DynnetError, match=r"profile\.precision: .*got '8'"):
        load_recipe(TINY, precision="8")


def test_shared_networks_are_there_and_mean_the_same() -> None:
    for recipe in map(load_recipe, recipe_names()):
        for network in (network for network in recipe.networks if network.of):
            figure, original = network.of.split("/")
            source = load_recipe(figure)
            trained = source.network(original)
            assert trained.kind == network.kind
            if isinstance(recipe, Recipe):
                assert recipe.lambda_of(network) == source.lambda_of(trained)
                assert recipe.styles[network.style].model_dump(exclude={"lambda_style"}) == source.styles[
                    trained.style
                ].model_dump(exclude={"lambda_style"})


def test_an_unknown_network_lists_the_networks() -> None:
    with pytest.raises(DynnetError, match="tiny has no network 'head'; it has main, blocks, fixed_1e6"):
        load_recipe(TINY).network("head")


def test_a_recipe_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_recipe(TINY).seed = 3
