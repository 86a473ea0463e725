"""How numbers and counts are written: true minus signs, no minus zero, singular and plural."""

import pytest

from substrate import wording


@pytest.mark.parametrize(
    ("value", "plain", "signed", "percent", "points"),
    [
        (0.684, "0.68", "+0.68", "68 %", "+68.4"),
        (-0.104, "\u22120.10", "\u22120.10", "\u221210 %", "\u221210.4"),
        (-0.0004, "0.00", "0.00", "0 %", "0.0"),
        (0.0, "0.00", "0.00", "0 %", "0.0"),
        (-1.0, "\u22121.00", "\u22121.00", "\u2212100 %", "\u2212100.0"),
    ],
)
def test_numbers_have_true_minus_signs_and_zero_has_none(value, plain, signed, percent, points):
    assert wording.number(value) == plain
    assert wording.signed(value) == signed
    assert wording.percent(value) == percent
    assert wording.points(value) == points


def test_undefined_numbers_are_said():
    assert wording.number(float("nan")) == "nan"
    assert wording.number(float("-inf")) == "\u2212inf"


def test_an_interval_is_written_where_there_is_one():
    assert wording.with_interval(0.5, 0.4, 0.6) == "0.50 (95 % CI [0.40, 0.60])"
    assert wording.with_interval(0.5, None, 0.6) == "0.50"
    assert wording.with_interval(0.5, float("nan"), 0.6) == "0.50"
    share = wording.with_interval(0.5, 0.4, 0.6, wording.percent)
    assert share == "50 % (95 % CI [40 %, 60 %])"


def test_a_spread_of_one_value_is_the_value():
    assert wording.spread([0.301, 0.299]) == "0.30"
    assert wording.spread([0.2, 0.1, 0.15]) == "0.10 to 0.20"


def test_lists_of_titles_with_commas_can_be_read_and_intervals_are_no_titles():
    assert wording.listed(["ViT", "ViT, MAE", "ResNet"]) == "ViT; ViT, MAE; and ResNet"
    assert wording.listed(["0.2 [−0.1, 0.3] in A", "B"]) == "0.2 [−0.1, 0.3] in A and B"


def test_things_are_counted_ordered_and_listed():
    assert [wording.many(n, "seed") for n in (0, 1, 2)] == ["0 seeds", "1 seed", "2 seeds"]
    places = [wording.ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 112)]
    assert places == ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "112th"]
    assert wording.listed(["a"]) == "a"
    assert wording.listed(["a", "b"]) == "a and b"
    assert wording.listed(["a", "b", "c"]) == "a, b and c"


def test_per_cent_signs_stay_with_their_numbers():
    assert wording.unbroken("12 % of 3 %") == "12\u00a0% of 3\u00a0%"


def test_a_sentence_opens_with_the_domain_or_its_few_photographs():
    assert wording.where("Bark", 12, within=False) == "On Bark"
    assert wording.where("Bark", 3, within=True) == "Within the 3 photographs of Bark"
    assert wording.where("Bark", 1, within=True) == "Within the one photograph of Bark"


def test_samples_are_counted_by_what_they_are_and_what_their_groups_are():
    digits, features = wording.Nouns("image", "writer"), wording.Nouns("sample", "group")
    assert wording.samples_of(1797, 14, digits) == "1,797 images of 14 writers"
    assert wording.samples_of(256, 7, wording.TILES) == "256 tiles of 7 photographs"
    assert wording.samples_of(64, 1, wording.TILES) == "64 tiles of 1 photograph"
    assert wording.samples_of(1, 1, wording.TILES) == "1 photograph"
    assert wording.samples_of(60, 20, features) == "60 samples of 20 groups"
    assert wording.samples_of(60, 60, features) == "60 samples"
    some = wording.samples_of(512, 512, wording.TILES, available=10_000)
    assert some == "512 photographs (of 10,000)"


def test_figures_of_a_text_are_written_as_all_others():
    said = "± .027 and (.97, 0.95) from -1.3 to +.5; p < 1e-44, 10^-2.6, 2510.06448, p. 7."
    assert wording.figures_written(said) == (
        "± 0.027 and (0.97, 0.95) from \u22121.3 to +0.5; p < 1e-44, 10^-2.6, 2510.06448, p. 7."
    )


def test_a_p_value_is_never_zero():
    assert wording.probability(0.0004) == "p < 0.001" and wording.probability(0.0124) == "p = 0.012"
