"""The file in which claims are fixed: its rules, its digest, and the figures that it quotes."""

import hashlib

import numpy as np
import pytest
import yaml

from substrate.analyses.claims.questions import QUESTIONS
from substrate.analyses.subspace import published as subspace_published
from substrate.claims import published
from substrate.claims.measures import MEASURES
from substrate.claims.preregistered import PATH, ClaimsError, read_register, register
from substrate.claims.themes import THEMES
from substrate.claims.verdict import EQUAL, NO, OPEN, TWINS, YES, answered
from tests.conftest import ROOT


def test_the_digest_is_that_of_the_file():
    assert register().digest == hashlib.sha256(PATH.read_bytes()).hexdigest()


def test_every_claim_has_a_measure_a_theme_and_a_page():
    claims = register().claims
    assert {c.key for c in claims} == set(MEASURES)
    assert {c.theme for c in claims} == set(THEMES)
    assert {key for key, theme in THEMES.items() if theme.stored is None} <= set(QUESTIONS)
    assert set(THEMES) - set(QUESTIONS) == {
        "distill",
        "modality",
        "stitching",
        "students",
        "weights",
    }
    pages = {p.stem for p in (ROOT / "pages").glob("*.py")}
    assert {c.page for c in claims} <= pages
    assert len({c.name for c in claims}) == len(claims) >= 30


class Anything(dict):
    """Gives every quantity a number of its own, the same for the same name."""

    def __init__(self, seed):
        super().__init__()
        self.rng = np.random.default_rng(seed)

    def __missing__(self, name):
        self[name] = float(self.rng.uniform(0.1, 1.0))
        return self[name]


@pytest.mark.parametrize("claim", register().claims, ids=lambda c: c.key)
def test_measures_hold_against_the_controls_that_were_announced(claim):
    found = MEASURES[claim.key](Anything(0))
    assert set(found.controls) == set(claim.tested)
    assert set(found.beside) == set(claim.beside)


@pytest.mark.parametrize("claim", register().claims, ids=lambda c: c.key)
def test_measures_work_on_replicates_as_on_numbers(claim):
    """Arrays of replicates give what each of their numbers gives."""
    given = [Anything(seed) for seed in (1, 2, 3)]
    each = [MEASURES[claim.key](q) for q in given]
    stacked = {name: np.array([q[name] for q in given]) for name in given[0]}
    together = MEASURES[claim.key](stacked)
    for control in claim.tested:
        leads = np.broadcast_to(together.lead(control), 3)
        assert leads == pytest.approx([one.lead(control) for one in each])


def test_one_name_is_one_contrast_and_one_contrast_has_one_name():
    """Leads that are equal up to their sign, whatever the quantities, are one test.

    Quantities of one theme are drawn together, so that rows of a theme see the same numbers.
    """
    leads: dict[tuple[str, str], set[tuple[float, ...]]] = {}
    names: dict[tuple[str, tuple[float, ...]], set[str]] = {}
    draws = {theme: [Anything([seed, i]) for seed in range(3)] for i, theme in enumerate(THEMES)}
    for claim in register().claims:
        found = [MEASURES[claim.key](q) for q in draws[claim.theme]]
        for control, name in claim.tested.items():
            vector = np.array([float(f.lead(control)) for f in found])
            vector = vector * np.sign(vector[0])
            key = tuple(np.round(vector, 9))
            leads.setdefault((claim.theme, name), set()).add(key)
            names.setdefault((claim.theme, key), set()).add(name)
    assert {k: v for k, v in leads.items() if len(v) > 1} == {}
    assert {k: v for k, v in names.items() if len(v) > 1} == {}
    assert len({name for _, name in leads}) == len(leads)  # no name in two themes


def test_rows_that_are_one_contrast_are_marked_as_derived():
    by_key = {c.key: c for c in register().claims}
    derived = {c.key: c.derived for c in register().claims if c.derived}
    assert derived == {
        "pcka_over_random": "pcka_four",
        "pcka_over_pixels": "pcka_four",
        "pcka_over_handcrafted": "pcka_four",
        "disparity": "grassmann",
        "reconstructive_cka_unclipped": "paradigm_difference",
    }
    for one in register().claims:
        for other in register().claims:
            if one.key < other.key and set(one.controls.values()) == set(other.controls.values()):
                assert one.derived or other.derived, (one.key, other.key)
    assert not by_key["pcka_four"].derived


#: Rows that are claims about a control itself, and are not counted.
COMPARED = {"random_basis_tail", "pcka_over_pixels", "pcka_over_handcrafted"}


def test_claims_about_a_control_are_decided_by_it():
    """Where pixels lie above the panel they do give it, whatever untrained twins say."""
    by_key = {c.key: c for c in register().claims}
    assert not any(by_key[key].own or by_key[key].rests_on for key in COMPARED)
    for twins in (YES, OPEN, NO):
        answers = {TWINS: twins, "no lead": NO}
        assert answered(answers, by_key["pcka_over_pixels"].rests_on) == NO
        assert answered(answers, by_key["pcka_over_random"].rests_on) != NO or twins == NO


def test_rows_about_what_encoders_share_rest_on_their_untrained_twins():
    """What any network beats, or loses to, decides nothing about training."""
    for claim in register().claims:
        asked = claim.theme in {"sharing", "domains", "pairs", "detector", "units"}
        if asked and claim.form != EQUAL and claim.key not in COMPARED:
            assert claim.rests_on == TWINS, claim.key
            assert claim.controls[TWINS].endswith("twins"), claim.key
    by_key = {c.key: c for c in register().claims}
    assert set(by_key["pcka_four"].apart) == {"pixels", "hand-crafted features"}


def test_the_level_of_random_bases_is_held_against_values_that_were_measured():
    """It is the control of another row: it says nothing of training, and is not counted."""
    row = next(c for c in register().claims if c.key == "random_basis_tail")
    said = MEASURES[row.key]({"random tail": 0.1, "trained": 0.7, "untrained": 0.9})
    assert (said.value, said.controls) == (0.1, {"the panel": 0.7, TWINS: 0.9})
    assert not row.own and not row.rests_on


def test_claims_of_no_effect_are_claims_of_no_difference():
    forms = {c.key: c.form for c in register().claims}
    for key in (
        "pcka_saturates",
        "pcka_leave_one_out",
        "emergence_plateau",
        "low_shot_200",
        "alignment_blind_to_transfer",
        "distill_teacher",
        "cross_modal",
    ):
        assert forms[key] == "no difference"


def test_small_published_figures_have_small_tolerances():
    for claim in register().claims:
        if claim.form != "no difference" and claim.published is not None and claim.kind != "ratio":
            assert claim.tolerance <= abs(claim.published) / 2 + 1e-12


@pytest.mark.parametrize("claim", register().claims, ids=lambda c: c.key)
def test_addresses_use_documented_parameters(claim):
    text = (ROOT / "docs" / "address.md").read_text()
    title = f"`/{claim.page}`"
    assert title in text
    section = text.split(title)[1].split("\n## ")[0]
    for name in claim.address:
        shared = "." not in name and f"| `{name}` |" in text
        assert shared or (name.startswith(f"{claim.page}.") and f"`{name}`" in section)


def test_addresses_name_what_the_pages_offer():
    from substrate.analyses.theory import choice as theory_choice
    from substrate.analyses.training import choice as training_choice
    from substrate.analyses.units import choice as units_choice
    from substrate.analyses.weights import choice as weights_choice
    from substrate.figures.encoders.pairs import LABELS
    from substrate.ui.subspace import controls as subspace_view
    from substrate.ui.transfer import encoders as transfer_view

    views = {
        "subspace": subspace_view.VIEWS,
        "transfer": transfer_view.VIEWS,
        "training": training_choice.VIEWS,
        "units": units_choice.VIEWS,
        "weights": weights_choice.VIEWS,
        "theory": theory_choice.VIEWS,
    }
    for claim in register().claims:
        if view := claim.address.get(f"{claim.page}.view"):
            assert view in views[claim.page]
        assert claim.address.get("subspace.similarity", LABELS["cka"]) in LABELS.values()


def written(tmp_path, change):
    data = yaml.safe_load(PATH.read_text())
    change(data)
    path = tmp_path / "claims.yaml"
    path.write_text(yaml.safe_dump(data))
    return path


def test_another_file_has_another_digest(tmp_path):
    path = written(tmp_path, lambda data: data["claims"].pop())
    assert read_register(path).digest != register().digest


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d["claims"][1].update(tolerance=0.3), "the rule gives"),
        (lambda d: d["claims"][1].pop("tolerance"), "a tolerance belongs"),
        (lambda d: d["claims"][1].update(derived="nothing"), "no row itself"),
        (lambda d: d["claims"][1].update(derived="grassmann"), "tests .* itself"),
        (lambda d: d["claims"][1].update(again="nothing"), "no row"),
        (lambda d: d["claims"][1].update(rests_on="pixels"), "none of its controls"),
        (lambda d: d["claims"][1].update(apart=d["claims"][1]["controls"]), "cannot both decide"),
        (lambda d: d["claims"][1].update(paper="no such protocol"), "is not described"),
        (lambda d: d["claims"][1]["needs"].update(photographs=3), "photographs"),
        (lambda d: d.update(schema=1), "schema"),
        (lambda d: d["claims"].append(d["claims"][0]), "used twice"),
        (lambda d: d["claims"][0].update(source="nobody"), "not described"),
        (lambda d: d["claims"][0].update(form="other"), "form"),
        (lambda d: d["claims"][0].update(verdict="reproduced"), "verdict"),
        (lambda d: d["claims"][1].update(published=float("nan")), "published"),
        (lambda d: d.update(claims="none"), "claims"),
    ],
)
def test_what_breaks_the_rules_is_refused(tmp_path, change, words):
    with pytest.raises(ClaimsError, match=words):
        read_register(written(tmp_path, change))


@pytest.mark.parametrize("content", [b"", b"- 1\n- 2", b"{", b"\xff\xfe", b"claims: &a [*a]"])
def test_what_is_no_file_of_claims_is_refused(tmp_path, content):
    path = tmp_path / "claims.yaml"
    path.write_bytes(content)
    with pytest.raises(ClaimsError):
        read_register(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ClaimsError, match="cannot be read"):
        read_register(tmp_path / "none.yaml")


def test_published_medians_follow_from_the_published_matrix():
    matrix = subspace_published.matrix()
    above = [matrix[i, j] for i in range(4) for j in range(i + 1, 4)]
    assert sorted(above)[2:4] == [0.629, 0.730]
    assert published.median_of_domains(4) == pytest.approx(0.6795)
    assert published.median_of_domains(8) == pytest.approx(0.6045)
    by_key = {c.key: c for c in register().claims}
    assert by_key["pcka_four"].published == pytest.approx(0.6795, abs=5.1e-4)
    assert by_key["pcka_eight"].published == pytest.approx(0.6045)


def test_figures_of_the_file_follow_from_the_published_ones():
    by_key = {c.key: c.published for c in register().claims}
    controls, sweep = subspace_published.CONTROLS, subspace_published.SWEEP
    for key, control in (
        ("random", "random"),
        ("pixels", "pixels"),
        ("handcrafted", "handcrafted"),
    ):
        expected = controls["trained"] - controls[control]
        assert by_key[f"pcka_over_{key}"] == pytest.approx(expected)
    for k in (8, 12, 24, 32):
        assert by_key[f"pcka_k{k}"] == sweep[k]
    off = subspace_published.matrix()[np.triu_indices(8, 1)]
    assert by_key["pcka_smallest_pair"] == off.min() and by_key["pcka_largest_pair"] == off.max()
    assert by_key["pcka_rises_with_k"] == pytest.approx(sweep[16] - sweep[4])
    assert by_key["pcka_saturates"] == pytest.approx(sweep[64] - sweep[16])
    without = [v for k, v in subspace_published.LEAVE_OUT.items() if k != "whole panel"]
    assert by_key["pcka_leave_one_out"] == pytest.approx(np.ptp(without) / 2)
    means = (subspace_published.matrix().sum(axis=1) - 1) / 7
    assert by_key["natural_isolated"] == pytest.approx(means[0] - means[1:].mean(), abs=1e-4)
    assert by_key["paradigm_difference"] == pytest.approx(
        by_key["discriminative_cka"] - by_key["reconstructive_cka"]
    )
    assert by_key["disparity"] == pytest.approx(1 - by_key["grassmann"])


def test_inconsistencies_are_worked_out():
    found = {i.topic: i.implied for i in published.inconsistencies()}
    assert "medical CT and microscopy, 0.784" in found["Closest pair of four domains"]
    assert "5 of 6" in found["All six pairs exceed 0.50"]
    assert "natural, mean 0.506" in found["Most isolated of eight domains"]
    assert "14" in found["How many encoders"]
    assert ".859" in found["Calibration changes nothing"]
    assert "1/201" in found["p < 1e-44"]
    assert "0.30" in found["The ratio without a family"]
    assert ".341" in found["Procrustes disparity"]
    assert len(found) == len(published.inconsistencies()) >= 15
