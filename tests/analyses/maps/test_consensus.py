"""An ensemble in a shared space: numbers by another route, what page, report and command show."""

import json
import signal
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from typer.testing import CliRunner

from substrate.analyses.maps import consensus
from substrate.analyses.maps.choice import CLASSIFIER_TITLES, ENSEMBLE
from substrate.analyses.maps.consensus import MAPS_CONSENSUS, consensus_params
from substrate.analyses.maps.tables import consensus_table, leaving
from substrate.analyses.shared.labels import Labelled, labelled
from substrate.analyses.spec import AnalysisError, obtain
from substrate.cli import app
from substrate.encoder_ref import EncoderRef
from substrate.exhibits.exhibit import titles
from substrate.exhibits.maps import section
from substrate.exhibits.maps.consensus import of_ensemble, verdict
from substrate.exhibits.verdict import Badge
from substrate.figures.theme import LIGHT
from substrate.numerics.maps.ensemble import ensemble_rights
from substrate.wording import TILES
from tests.support.placed import said
from tests.support.planted import planted_run

pytestmark = pytest.mark.filterwarnings("ignore")
SHARED, APART, OWN_LABELS = consensus.SHARED, consensus.APART, consensus.OWN_LABELS


@pytest.fixture(scope="module", autouse=True)
def few_of_everything():
    """Try two numbers of scores beside the chosen one, in one deal."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(consensus, "COMPONENTS", (2, 4))
        patch.setattr(consensus, "DEALS", 1)
        yield


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    encoders = {"alpha": 40, "beta": 56, "gamma": 32}
    root = tmp_path_factory.mktemp("ensemble")
    return planted_run(root, n=90, groups=30, untrained=2, encoders=encoders)


@pytest.fixture(scope="module")
def params(run):
    return consensus_params(run, run.panel, "rich", 4)


@pytest.fixture(scope="module")
def found(run, params):
    return obtain(MAPS_CONSENSUS, run, params)


@pytest.fixture(scope="module")
def by_hand(run, params):
    """Whether each image was decided rightly, from the features as the run holds them."""
    known = labelled(run, "rich")
    codes = np.unique(known.labels, return_inverse=True)[1]

    def rights(twin=None, **options):
        refs = [EncoderRef(name, twin=twin) for name in params.encoders]
        blocks = [run.representation(ref, "rich").features[known.rows] for ref in refs]
        return ensemble_rights(blocks, codes, known.groups, (2, 4), seed=params.seed, **options)

    return rights(), [rights(seed, ensembles=consensus.TOGETHER) for seed in params.seeds], codes


def balanced(right, codes):
    return np.mean([right[codes == c].mean() for c in range(3)])


def test_accuracies_and_paired_intervals_by_another_route(run, found, by_hand):
    rights, twins, codes = by_hand
    groups = labelled(run, "rich").groups
    for place in range(2):
        for member, own in zip(found.members, rights.alone, strict=True):
            assert member.accuracy[place].value == pytest.approx(balanced(own[place], codes))
        for way in found.classifiers:
            own = rights.named[way.name][place]
            assert way.accuracy[place].value == pytest.approx(balanced(own, codes))
    ahead = rights.ensembles[SHARED][1] - rights.alone[0][1]
    gain = found.members[0].ahead[1]
    assert gain.value == pytest.approx(balanced(ahead, codes))
    left_out = np.array(
        [balanced(ahead[groups != g], codes[groups != g]) for g in dict.fromkeys(groups)]
    )
    error = np.sqrt(29 / 30 * np.square(left_out - left_out.mean()).sum())
    assert gain.high - gain.value == pytest.approx(stats.t.ppf(0.975, 29) * error)
    own = [balanced(twin.ensembles[SHARED][1], codes) for twin in twins]
    assert found.of(SHARED, untrained=True).draws[:, 1] == pytest.approx(own)
    untrained = found.of(SHARED, untrained=True)
    assert untrained.accuracy[1].value == pytest.approx(np.mean(own))
    assert untrained.ahead[1].low is None and "2 draws" in untrained.ahead[1].reason
    apart = rights.ensembles[APART][1] - rights.ensembles[OWN_LABELS][1]
    assert found.apart_ahead[1].value == pytest.approx(balanced(apart, codes))


def test_labels_that_mean_nothing_leave_nothing_to_tell(found):
    """Classes of a planted run are dealt to photographs by turns."""
    for way in (*found.members, *found.classifiers):
        assert way.accuracy[1].low < found.chance == 1 / 3 < way.accuracy[1].high
    assert sum(images for images, _ in found.parts) == 90
    assert sum(groups for _, groups in found.parts) == 30
    assert verdict(found).badge is Badge.UNTOLD


def test_few_photographs_have_values_without_intervals(run):
    few = replace(consensus_params(run, run.panel, "few", 2), seeds=())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(consensus, "COMPONENTS", (2,))
        result = consensus.compute_consensus(run, few)
    assert result.within and result.untrained == ()
    assert result.reason.startswith("No interval")
    for way in (*result.members, *result.classifiers):
        assert all(e.low is None for e in (*way.accuracy, *way.ahead))
    assert verdict(result).badge is Badge.FEW
    assert "Within the photographs of Few" in of_ensemble(result, titles(run), LIGHT)[0].sentence


def test_what_cannot_be_divided_is_one_sentence(run, params):
    with pytest.raises(AnalysisError, match="at least 2 encoders"):
        consensus.compute_consensus(run, replace(params, encoders=("alpha",)))
    labels, groups = np.repeat(["a", "b"], 4), np.array([f"g{i // 2}" for i in range(8)])
    two = Labelled(np.arange(8), labels, groups, 4, False, "", TILES)
    with pytest.raises(AnalysisError, match="Class 'a' comes from 2 photographs; 3 are needed"):
        consensus._require_parts(two)
    roles = consensus.Roles(*(np.arange(n) for n in (6, 6, 6)))
    assert consensus._tried(16, [(roles,)]) == (2, 4, 5)
    tiny = consensus.Roles(*(np.arange(n) for n in (2, 6, 6)))
    with pytest.raises(AnalysisError, match="2 unlabelled images are left"):
        consensus._tried(16, [(tiny,)])


def test_what_leaves_a_side_is_counted(found):
    assert [leaving(found, name, 4) for name in CLASSIFIER_TITLES] == [0, 3, 56, 4, 4, 4, 0]
    table = consensus_table(found)
    assert len(table) == 2 * (3 + 7 + 4)
    row = table[(table["classifier"] == "beta alone") & (table["K"] == 4)].iloc[0]
    assert row["accuracy"] == found.members[1].accuracy[1].value
    assert row["shared space ahead by"] == found.members[1].ahead[1].value
    assert row["numbers of an image that leave a side"] == 0


def test_figures_hold_the_numbers_of_the_analysis(run, found):
    accuracy, ahead, apart = of_ensemble(found, titles(run), LIGHT)
    drawn = {trace.name.replace("<br>", " "): trace for trace in accuracy.figure.data}
    for name in (SHARED, "averaged", "concatenated", "shuffled", "alone"):
        own = [e.value for e in found.of(name).accuracy]
        assert list(drawn[CLASSIFIER_TITLES[name]].y) == own
    best = np.max([[e.value for e in m.accuracy] for m in found.members], axis=0)
    np.testing.assert_allclose(drawn["Encoders alone, worst to best"].y[2:], best[::-1])
    up = drawn["Shared space"].error_y.array[1]
    assert up == pytest.approx(
        found.of(SHARED).accuracy[1].high - found.of(SHARED).accuracy[1].value
    )
    rows = list(ahead.figure.layout.yaxis.ticktext)
    first = max(found.members, key=lambda m: m.accuracy[1].value)
    assert rows[0] == f"{first.name.title()} alone" and len(rows) == 8
    assert ahead.figure.data[0].x[0] == pytest.approx(100 * first.ahead[1].value)
    assert list(apart.figure.data[1].y) == [e.value for e in found.of(APART).accuracy]


def gained(way, low, high):
    """Return a way to classify over which the shared space gains from low to high."""
    middle = (low + high) / 2
    ahead = tuple(replace(e, value=middle, low=low, high=high, reason="") for e in way.ahead)
    return replace(way, ahead=ahead)


@pytest.mark.parametrize(
    ("alone", "shuffled", "untrained", "badge", "words"),
    [
        ((0.1, 0.2), (0.1, 0.2), (0.1, 0.2), Badge.BOTH, "beats each encoder alone"),
        ((-0.1, 0.2), (0.1, 0.2), (0.1, 0.2), Badge.SHUFFLING, "not told from its best encoders"),
        ((0.1, 0.2), (-0.1, 0.2), (0.1, 0.2), Badge.UNTOLD, "not told from shuffled"),
        ((-0.2, -0.1), (0.1, 0.2), (0.1, 0.2), Badge.CONTROL, "below an encoder alone"),
        ((0.1, 0.2), (0.1, 0.2), (-0.2, -0.1), Badge.BELOW, "below untrained members"),
    ],
)
def test_the_verdict_asks_every_member_and_both_nulls(
    found, alone, shuffled, untrained, badge, words
):
    members = (gained(found.members[0], *alone), *(gained(m, 0.1, 0.2) for m in found.members[1:]))
    classifiers = tuple(
        gained(way, *shuffled) if way.name == consensus.SHUFFLED else way
        for way in found.classifiers
    )
    twins = tuple(gained(way, *untrained) for way in found.untrained)
    result = replace(found, members=members, classifiers=classifiers, untrained=twins)
    assert verdict(result).badge is badge and words in verdict(result).short


def test_the_page_offers_computes_and_then_shows_what_the_report_lists(
    run, found, open_page, inline
):
    address = {"run": run.run_id, "maps.view": ENSEMBLE, "k": "2"}
    app = open_page("maps.py", run.store.root, **address)
    assert not app.exception
    assert "3 encoders and 2 draws of their untrained twins learn to classify" in said(app)
    button = next(b for b in app.button if b.label == "Compute it now")
    after = button.click().run()
    assert not after.exception and "2 numbers in a space shared by 3 encoders" in said(after)
    app = open_page("maps.py", run.store.root, **address | {"k": "4"})
    shown = of_ensemble(found, titles(run), LIGHT)
    for exhibit in shown:
        assert " ".join(exhibit.sentence.split()) in said(app) and exhibit.read in said(app)
    assert not [b for b in app.button if b.label == "Compute it now"]


def test_a_report_lists_an_ensemble_that_has_been_computed(run, found, monkeypatch):
    def nothing_else(*_):
        raise AnalysisError("The pair is another test's.")

    monkeypatch.setattr(section, "obtain", nothing_else)
    keys = [exhibit.key for exhibit in section.maps(run, LIGHT).items]
    assert "maps-ensemble" not in keys  # the study's K has not been asked for
    monkeypatch.setitem(run.study, "components", 4)
    listed = {e.key: e for e in section.maps(run, LIGHT).items}
    for exhibit in of_ensemble(found, titles(run), LIGHT):
        assert listed[exhibit.key].sentence == exhibit.sentence


def test_the_command_prints_every_way_to_classify(run, found, monkeypatch):
    monkeypatch.setattr(
        "substrate.analyses.maps.consensus_command.consensus_params",
        lambda *args: consensus_params(*args, 4),
    )

    def command(*options):
        before = signal.getsignal(signal.SIGTERM)
        line = ["maps", f"--run={run.run_id}", f"--store={run.store.root}", "--ensemble", *options]
        try:
            return CliRunner().invoke(app, line)
        finally:
            signal.signal(signal.SIGTERM, before)

    done = command("--json")
    assert done.exit_code == 0, done.output
    printed = json.loads(done.stdout)
    assert [row["accuracy"] for row in printed["accuracies"]] == pytest.approx(
        consensus_table(found)["accuracy"].tolist()
    )
    assert printed["guessing"] == 1 / 3 and printed["K"] == 4
    assert "Averaged probabilities, untrained" in command().stdout
    for option, sentence in (
        ("--domain=nowhere", "There is no domain 'nowhere'"),
        ("--all", "two questions; choose one"),
    ):
        refused = command(option)
        assert refused.exit_code == 2 and sentence in " ".join(refused.output.split())
