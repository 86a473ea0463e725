"""The file in which claims are fixed: its rules, its digest, and the figures that it quotes."""

import hashlib

import numpy as np
import pytest
import yaml

from substrate.analyses import subspace_published
from substrate.analyses.claims_questions import QUESTIONS
from substrate.claims import published
from substrate.claims.measures import MEASURES
from substrate.claims.preregistered import PATH, ClaimsError, read_register, register
from substrate.claims.themes import THEMES
from tests.conftest import ROOT


def test_the_digest_is_that_of_the_file():
    assert register().digest == hashlib.sha256(PATH.read_bytes()).hexdigest()


def test_every_claim_has_a_measure_a_theme_and_a_page():
    claims = register().claims
    assert {c.key for c in claims} == set(MEASURES)
    assert {c.theme for c in claims} == set(THEMES)
    assert {key for key, theme in THEMES.items() if theme.stored is None} == set(QUESTIONS)
    pages = {p.stem for p in (ROOT / "pages").glob("*.py")}
    assert {c.page for c in claims} <= pages
    assert len({c.name for c in claims}) == len(claims) >= 30


class Anything(dict):
    def __missing__(self, name):
        return 0.5


@pytest.mark.parametrize("claim", register().claims, ids=lambda c: c.key)
def test_measures_hold_against_the_controls_that_were_announced(claim):
    found = MEASURES[claim.key](Anything())
    assert set(found.controls) == set(claim.controls)


@pytest.mark.parametrize("claim", register().claims, ids=lambda c: c.key)
def test_addresses_use_documented_parameters(claim):
    text = (ROOT / "docs" / "address.md").read_text()
    title = f"`/{claim.page}`"
    assert title in text
    section = text.split(title)[1].split("\n## ")[0]
    for name in claim.address:
        assert f"`{name}`" in section


def test_addresses_name_what_the_pages_offer():
    from substrate.figures.encoder_pairs import LABELS
    from substrate.ui import subspace_view, training_view, transfer_view

    views = {
        "subspace": subspace_view.VIEWS, "transfer": transfer_view.VIEWS,
        "training": (training_view.ALIGNMENT, training_view.DIRECTIONS),
    }  # fmt: skip
    for claim in register().claims:
        if "view" in claim.address:
            assert claim.address["view"] in views[claim.page]
        assert claim.address.get("similarity", LABELS["cka"]) in LABELS.values()


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
        (lambda d: d["claims"][1].update(margin=0.3), "the rule gives"),
        (lambda d: d["claims"][1].pop("margin"), "a margin belongs"),
        (lambda d: d["claims"].append(d["claims"][0]), "used twice"),
        (lambda d: d["claims"][0].update(source="nobody"), "not described"),
        (lambda d: d["claims"][0].update(sign=0), "sign"),
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
    for key, control in (("random", "random"), ("pixels", "pixels"),
                         ("handcrafted", "handcrafted")):  # fmt: skip
        expected = controls["trained"] - controls[control]
        assert by_key[f"pcka_over_{key}"] == pytest.approx(expected)
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
    found = {i.topic: i.found for i in published.inconsistencies()}
    assert "medical CT and microscopy, .784" in found["Closest pair of four domains"]
    assert "5 of 6" in found["All six pairs exceed .50"]
    assert "natural, mean .506" in found["Most isolated of eight domains"]
    assert "14" in found["How many encoders"]
    assert ".859" in found["Calibration changes nothing"]
    assert "1/201" in found["p < 1e-44"]
    assert "0.30" in found["The ratio without a family"]
    assert ".341" in found["Procrustes disparity"]
    assert len(found) == len(published.inconsistencies()) >= 15
