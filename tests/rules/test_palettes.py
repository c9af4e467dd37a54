import pytest

from canvas.rules import palettes
from canvas.rules.palettes import Color, InvalidPalette, check_palette

WHITE = {"name": "white", "hex": "#FFFFFF"}
BLACK = {"name": "black", "hex": "#000000"}


def shades(count):
    return [{"name": f"shade {i}", "hex": f"#{i:06X}"} for i in range(count)]


def test_a_palette_survives_json_and_back():
    for palette in palettes.PALETTES.values():
        assert check_palette(palettes.as_json(palette)) == palette


def test_the_named_palettes_have_their_sizes_and_begin_with_white():
    assert len(palettes.REDDIT_2017) == 16
    assert len(palettes.REDDIT_2022) == 32
    assert {palette[0].hex for palette in palettes.PALETTES.values()} == {"#FFFFFF"}
    assert palettes.DEFAULT_PALETTE in palettes.PALETTES.values()


def test_names_within_a_named_palette_are_different():
    for palette in palettes.PALETTES.values():
        assert len({color.name for color in palette}) == len(palette)


def test_hex_becomes_upper_case_and_names_lose_their_margins():
    assert check_palette([WHITE, {"name": "  sky ", "hex": "#abCDef"}])[1] == Color("sky", "#ABCDEF")


def test_other_keys_are_dropped():
    assert palettes.as_json(check_palette([{**WHITE, "id": 1}, BLACK])) == [WHITE, BLACK]


def test_a_color_knows_its_components():
    assert Color("orange", "#FF4500").rgb == (255, 69, 0)


@pytest.mark.parametrize("count", [2, 255, 256])
def test_a_palette_has_up_to_256_colors(count):
    assert len(check_palette(shades(count))) == count


@pytest.mark.parametrize("count", [0, 1, 257, 1000])
def test_fewer_than_two_or_more_than_a_byte_can_name_is_no_palette(count):
    with pytest.raises(InvalidPalette, match=f"not {count}"):
        check_palette(shades(count))


@pytest.mark.parametrize(
    "hex_",
    [
        "",
        "FFFFFF",
        "#FFF",
        "#FFFFFFF",
        "#GGGGGG",
        "#FFFFFF\n",
        " #FFFFFF",
        "#１２３４５６",
        0xFFFFFF,
        None,
        b"#FFFFFF",
        "red",
    ],
)
def test_what_is_no_hex_value_is_refused(hex_):
    with pytest.raises(InvalidPalette, match=r"Colour 1 \(black\)"):
        check_palette([WHITE, {"name": "black", "hex": hex_}])


@pytest.mark.parametrize("name", ["", "   ", "x" * 41, None, 5, ["black"], "two\nlines", "nul\0", "\ud800", "\x1b[31m"])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(InvalidPalette, match="Colour 1 needs a name"):
        check_palette([WHITE, {"name": name, "hex": "#000000"}])


@pytest.mark.parametrize("name", ["x" * 40, "rosé", "白", "deep sky-blue #2"])
def test_any_script_may_name_a_color(name):
    assert check_palette([{"name": name, "hex": "#FFFFFF"}, BLACK])[0].name == name


@pytest.mark.parametrize("entry", [None, "white", 1, ["white", "#FFFFFF"], []])
def test_a_color_is_an_object(entry):
    with pytest.raises(InvalidPalette, match="Colour 1 must be an object"):
        check_palette([WHITE, entry])


def test_a_color_that_comes_twice_is_refused_whatever_its_case():
    with pytest.raises(InvalidPalette, match="Colours 0 and 2 are both #FFFFFF"):
        check_palette([WHITE, BLACK, {"name": "paper", "hex": "#ffffff"}])
