"""Experiments' files, words, figures and commands."""

import json

import numpy as np
import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from substrate.analyses.experiments import distill, emergence, modality, tables
from substrate.analyses.experiments.catalogue import (
    EXPERIMENTS,
    read_results,
)
from substrate.analyses.experiments.file import (
    SHIPPED,
    encode,
)
from substrate.analyses.spec import AnalysisError
from substrate.cli import app
from substrate.exhibits.experiments import words
from substrate.experiments import RUNNERS, ExperimentError
from substrate.experiments.shipped import SHIPPED as COMMANDS
from substrate.figures import heading
from substrate.figures.experiments.distill import SHORT, distill_alignment, distill_differences
from substrate.figures.experiments.emergence import emergence_curves, emergence_shares
from substrate.figures.experiments.modality import modality_rows
from substrate.figures.theme import DARK, LIGHT
from substrate.numerics.estimates import Estimate, Null
from tests.support.experiment_files import (
    EFFECT,
    FILES,
    distill_file,
    emergence_file,
    modality_file,
)

each = pytest.mark.parametrize("name", list(FILES))


@each
def test_a_file_comes_back_as_it_went(tmp_path, name):
    whole = FILES[name]()
    (tmp_path / f"{name}.json").write_text(encode(whole), encoding="utf-8")
    found = read_results(name, tmp_path)
    again = found.model_copy(update={"checksum": ""})
    if name != "students":  # whose missing scores are NaN, which equals nothing
        assert again == whole
    assert encode(again) == encode(whole)
    assert encode(found) == (tmp_path / f"{name}.json").read_text(encoding="utf-8")


@each
def test_what_was_not_run_is_none(tmp_path, name):
    assert read_results(name, tmp_path) is None


def changed(name, change):
    body = json.loads(encode(FILES[name]()))
    change(body)
    return json.dumps(body)


@each
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda t, _: t[: len(t) // 2], "is damaged: it is no JSON"),
        (lambda _t, _n: "[" * 100_000, "is damaged: it is no JSON"),
        (lambda _t, _n: "null", "does not hold the experiment"),
        (lambda _t, n: changed(n, lambda b: b.update(experiment="other")), "does not hold"),
        (lambda _t, n: changed(n, lambda b: b.update(schema=2)), "has the form 2"),
        (lambda _t, n: changed(n, lambda b: b.update(repeats=[])), "is damaged at repeats"),
        (lambda _t, n: changed(n, lambda b: b.update(more=1)), "is damaged at more"),
        (lambda _t, n: changed(n, lambda b: b.pop("card")), "is damaged at card"),
        (lambda _t, n: changed(n, lambda b: b.pop("checksum")), "checksum"),
        (lambda _t, n: changed(n, lambda b: b.update(wall_s=91.0)), "its own checksum"),
        (lambda t, _: t.replace("90.0", "NaN"), "is damaged at wall_s"),
    ],
)
def test_a_damaged_file_is_one_sentence_that_says_what_to_do(tmp_path, name, spoil, message):
    text = spoil(encode(FILES[name]()), name)
    (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    with pytest.raises(AnalysisError, match=message) as caught:
        read_results(name, tmp_path)
    assert f"python -m substrate experiment {name}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "distill.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(AnalysisError, match="is damaged"):
        read_results("distill", tmp_path)


def test_every_experiment_can_be_run_and_shown():
    assert list(RUNNERS) == list(EXPERIMENTS)
    assert set(FILES) <= set(RUNNERS)


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.json")), ids=lambda p: p.stem)
def test_what_is_shipped_is_whole_and_small(path):
    found = read_results(path.stem)
    assert found.status == "complete"
    assert path.stat().st_size < 200_000
    assert all(len(value) == 64 for value in [found.inputs, *found.encoders.values()])
    assert "/" not in found.command


def test_an_estimate_is_written_flat_and_read_back_as_it_was():
    null = Null(mean=0.1, level=0.2, p=0.05)
    row = emergence_file().repeats[0]
    held = row.model_copy(update={"share": Estimate(0.5, low=0.4, high=0.6, null=null)})
    text = json.loads(held.model_dump_json())["share"]
    assert text == {
        "value": 0.5,
        "low": 0.4,
        "high": 0.6,
        "reason": "",
        "null_mean": 0.1,
        "null_high": 0.2,
        "p": 0.05,
    }
    assert type(row).model_validate_json(held.model_dump_json()).share == held.share
    for damaged in ({**text, "value": "x"}, {**text, "more": 1}, {"value": 1.0}, 3, None):
        body = {**json.loads(held.model_dump_json()), "share": damaged}
        with pytest.raises(ValidationError, match="share"):
            type(row).model_validate(body)


def test_differences_are_paired_by_seed_and_intervals_by_hand():
    found = distill.summarise(distill_file())
    for d in found.differences:
        if d.arm == "cross_entropy":
            assert d.difference is None and d.by_seed == ()
            continue
        values = EFFECT[d.arm] + np.array([-0.01, 0.0, 0.01])
        assert np.allclose(d.by_seed, values)
        assert d.difference.value == pytest.approx(EFFECT[d.arm])
        assert (d.difference.unit, d.difference.n_units) == ("seeds", 3)
        # t(.975, 2) = 4.3027, standard error .01 / sqrt 3
        assert d.difference.high - d.difference.value == pytest.approx(
            4.3027 * 0.01 / np.sqrt(3), rel=1e-4
        )
        if d.arm != "shuffled":
            assert d.beyond_null.value == pytest.approx(EFFECT[d.arm] - EFFECT["shuffled"])
    text = f"{words.distill_sentence(found)} {words.distill_context(found)}"
    assert "+5.0 points (95 % CI [+2.5, +7.5]) with 1 % of the labels" in text
    assert text.index("encoders that saw no labels changed its accuracy") == text.index("encod")
    assert "on CIFAR-10 by +2.0 points" in text and "(label leak)" in text
    assert "scores of other images −1.0 points" in text
    assert "3 seeds" in text and "nothing is called an effect" in text


def test_one_seed_has_no_interval_and_five_no_excuse():
    one = distill.summarise(distill_file(seeds=1))
    estimates = [d.difference for d in one.differences if d.difference is not None]
    assert estimates and all(e.low is None and e.high is None for e in estimates)
    assert "no interval: one seed" in words.distill_sentence(one)
    assert distill.summarise(distill_file(seeds=5)).reason == ""


def test_the_figure_of_differences_shows_every_number():
    summary = distill.summarise(distill_file())
    figure = distill_differences(summary, LIGHT)
    named = {t.name: t for t in figure.data}
    trace = named["1 % of the labels (500 images)"]
    assert np.allclose(trace.x, [100 * EFFECT[arm] for arm in SHORT])
    assert np.allclose(trace.error_x.array, 100 * 4.30265 * 0.01 / np.sqrt(3), rtol=1e-4)
    assert len(named["each seed"].x) == 3 * len(SHORT)
    bands = [s for s in figure.layout.shapes if s.type == "rect"]
    assert len(bands) == 2 * len(SHORT)
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
    assert "seeds 0, 1, 2" in " ".join(heading.facts(figure))
    cloud = distill_alignment(distill_file().repeats, summary, DARK)
    assert sum(len(t.x) for t in cloud.data) == 42
    assert tuple(cloud.layout.xaxis.range) == (0, 1)
    assert cloud.layout.paper_bgcolor == DARK.paper


def test_modality_says_what_can_be_tested_and_what_cannot():
    whole, few = (modality.summarise(modality_file(), s) for s in ("all", "natural"))
    assert "agree more than chance: by a linear CKA of 0.30" in words.modality_sentence(whole)
    assert "p = 0.005" in words.modality_context(whole)
    assert "agreement across kinds is not yet agreement" in words.modality_context(whole)
    assert "Cannot be tested here" in words.modality_sentence(few)
    assert modality.summarise(modality_file(), "nonsense").scope == "all"
    figure = modality_rows(whole, LIGHT)
    named = {t.name: t for t in figure.data}
    assert list(named["Measured"].x) == [0.30] * 4
    assert list(named["95 % level of chance"].x) == [0.29] * 4
    assert tuple(figure.layout.xaxis.range) == (0, 1)
    assert [s.x1 for s in figure.layout.shapes] == [0.31] * 4
    bare = {t.name: t for t in modality_rows(few, LIGHT).data}["Measured"]
    assert bare.error_x.array is None


def test_emergence_is_silent_where_nothing_changed():
    found = emergence.summarise(emergence_file(), "rich")
    text = words.emergence_sentence(found)
    assert "80 % in Alpha" in text
    assert "Beta cannot be said to have come closer" in text
    assert "Of 4 trainings and domains, 1 give a share" in words.emergence_context(found)
    few = emergence.summarise(emergence_file(), "few")
    assert words.emergence_sentence(few).startswith("Within the 3 photographs of Few")
    assert emergence.summarise(emergence_file(), "??").domain == "rich"
    shares = {t.name: t for t in emergence_shares(found, LIGHT).data}
    assert list(shares["Rich"].x) == [0.8]
    assert shares["Rich"].error_x.array[0] == pytest.approx(0.2)
    assert shares["Few (within photographs)"].marker.symbol == ("square-open",)
    curves = emergence_curves(found, LIGHT)
    assert list(curves.data[0].y) == [0.1, 0.3, 0.5]
    assert [t.yaxis for t in curves.data if "accuracy" in t.name] == ["y2", "y2"]


def test_tables_hold_what_the_figures_show():
    table = tables.distill_table(distill.summarise(distill_file()))
    assert len(table) == 14 and table["against cross-entropy"].max() == pytest.approx(6.0)
    assert len(tables.repeats_table(distill_file().repeats)) == 42
    assert len(tables.modality_table(modality.summarise(modality_file()))) == 4
    found = emergence.summarise(emergence_file())
    assert len(tables.shares_table(found)) == 4 and len(tables.curves_table(found)) == 6


def test_results_of_a_training_are_written_down_whole(tmp_path):
    from substrate.analyses.spec import obtain
    from substrate.analyses.training.alignment import (
        TRAINING,
        defaults,
    )
    from tests.support.training_store import training_run

    run = training_run(tmp_path, n=40, groups=20, untrained=1)
    params = defaults(run)[0][1]
    result = obtain(TRAINING, run, params)
    row = emergence.repeat(result, "Alpha", "supervised", "Rich")
    assert row.steps == tuple(result.steps)
    assert np.allclose(row.values, result.scores.values[:, 0], rtol=1e-5)
    assert row.share == result.scores.summaries[0]
    assert row.facts == result.facts and row.photographs == 20


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["../../etc/passwd"], "There is no experiment '../../etc/passwd'; there are distill"),
        (["all", "--seeds", "2"], "The experiment all has no --seeds; it has --device, --data"),
        (["modality", "--steps", "3"], "has no --steps; it has --text, --images, --encoder"),
        (["modality", "--encoder", "[bold]nobody"], "no bundled encoder '[bold]nobody'"),
        (["emergence", "--domain", "nowhere"], "nowhere"),
        (["distill", "--seeds", "-1"], "give at least one seed"),
        (["distill", "--fraction", "7"], "fractions above 0 and up to 1"),
        (["distill", "--device", "abacus"], "There is no device 'abacus'"),
        (["modality", "--images", "."], "need --text FILE"),
        (["modality", "--text", "absent.csv", "--encoder", "resnet"], "There is no file absent"),
    ],
)
def test_bad_input_is_one_sentence_and_code_2(tmp_path, monkeypatch, arguments, message):
    monkeypatch.setattr("signal.signal", lambda *_: None)
    done = CliRunner().invoke(app, ["experiment", *arguments, "--store", str(tmp_path)])
    assert done.exit_code == 2, done.stderr
    assert message in done.stderr and "Traceback" not in done.stderr
    assert done.stdout == ""


def test_cifar_that_is_nowhere_is_one_sentence(tmp_path, monkeypatch):
    """Without a network and without the files."""
    from substrate.experiments import Options
    from substrate.experiments.distill import run
    from substrate.zoo.errors import ZooInputError

    def offline(*_args, **_kwargs):
        raise OSError("no network")

    monkeypatch.setattr("torchvision.datasets.CIFAR10", offline)

    class Quiet:
        def phase(self, _text):
            pass

    with pytest.raises(ZooInputError, match="CIFAR-10 could not be read or fetched"):
        run(Options(device="cpu", data=tmp_path), Quiet(), state=tmp_path, keep=print)


@pytest.fixture
def runners(monkeypatch):
    """Experiments that write ready-made results, and what each was asked for."""
    asked = []

    def runner(name):
        def run(options, progress, *, state, keep):
            asked.append((name, options, sorted(p.name for p in state.iterdir() if p.is_dir())))
            (state / "done").mkdir(exist_ok=True)
            return FILES[name]()

        return run

    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr("substrate.experiments.RUNNERS", {name: runner(name) for name in RUNNERS})
    return asked


def everything(folder, *more):
    arguments = ["experiment", "all", "--store", str(folder), "--out", str(folder / "out"), *more]
    return CliRunner().invoke(app, arguments)


def test_all_makes_every_shipped_result_again_with_five_seeds(tmp_path, runners):
    done = everything(tmp_path, "--device", "cpu", "--data", str(tmp_path))
    assert done.exit_code == 0, done.stderr
    written = [str(tmp_path / "out" / f"{name}.json") for name in COMMANDS]
    assert done.stdout.split() == written
    assert set(COMMANDS) == set(RUNNERS)
    assert [name for name, *_ in runners] == list(COMMANDS)
    asked = {name: options for name, options, _ in runners}
    assert asked["distill"].seeds == 5
    assert (asked["distill"].device, asked["distill"].data) == ("cpu", tmp_path)
    assert asked["panel"].device is asked["panel"].data is None
    assert {n: o.command(n) for n, o in asked.items()} == {
        n: o.command(n) for n, o in COMMANDS.items()
    }
    for name in COMMANDS:
        assert read_results(name, tmp_path / "out").status == "complete"


def test_all_keeps_what_is_finished_only_when_it_resumes(tmp_path, runners):
    for more in ([], ["--resume"], []):
        assert everything(tmp_path, *more).exit_code == 0
    left = [states for *_, states in runners]
    count = len(COMMANDS)
    assert left == [[]] * count + [["done"]] * count + [[]] * count


def test_one_that_fails_does_not_keep_the_others_from_being_run(tmp_path, runners, monkeypatch):
    import substrate.experiments

    def fail(*_args, **_kwargs):
        raise ExperimentError("Nothing to measure.")

    monkeypatch.setitem(substrate.experiments.RUNNERS, "panel", fail)
    done = everything(tmp_path)
    assert done.exit_code == 2
    assert "Nothing to measure." in done.stderr
    assert [name for name, *_ in runners] == [name for name in COMMANDS if name != "panel"]


def test_all_stops_where_it_is_cancelled(tmp_path, runners, monkeypatch):
    import substrate.experiments
    from substrate.progress import CancelledError

    def cancel(*_args, **_kwargs):
        raise CancelledError

    monkeypatch.setitem(substrate.experiments.RUNNERS, "panel", cancel)
    assert everything(tmp_path).exit_code == 3
    assert [name for name, *_ in runners] == ["emergence"]


class Quiet:
    """A progress that nobody watches."""

    def phase(self, _text):
        pass

    def declare(self, _weights):
        pass

    def step(self, _name, _share):
        pass


def test_emergence_writes_the_training_pages_numbers(tmp_path, monkeypatch):
    from substrate.analyses.spec import obtain
    from substrate.analyses.training.alignment import (
        TRAINING,
        defaults,
    )
    from substrate.experiments import Options
    from substrate.experiments import emergence as experiment
    from tests.support.training_store import training_run

    run = training_run(tmp_path, n=40, groups=20, untrained=1)
    monkeypatch.setattr(experiment, "extract", lambda *_: run)
    found = experiment.run(Options(), Quiet(), state=tmp_path, keep=print)
    expected = {(p.encoder, p.domain): obtain(TRAINING, run, p) for _, p in defaults(run)}
    assert {(r.encoder, r.domain) for r in found.repeats} == set(expected)
    for row in found.repeats:
        assert np.allclose(row.values, expected[row.encoder, row.domain].scores.values[:, 0])
    assert set(found.encoders) == set(run.encoders) and set(found.data) == set(run.domains)
    assert found.command == "python -m substrate experiment emergence"
    json.loads(encode(found))


def test_modality_takes_photographs_and_features_of_ones_own(tmp_path, monkeypatch):
    from substrate.experiments import Options
    from substrate.experiments import modality as experiment
    from tests.support.planted import planted_run

    run = planted_run(tmp_path, n=60, groups=15, untrained=1)
    monkeypatch.setattr(experiment, "extract", lambda *_: run)
    names = sorted(set(run.groups("rich").tolist()))
    rng = np.random.default_rng(0)
    rows = "\n".join(f"{n},{rng.normal()},{rng.normal()}" for n in names)
    text = tmp_path / "own.csv"
    text.write_text(f"photograph,a,b\n{rows}\n", encoding="utf-8-sig")
    options = Options(text=text, images=tmp_path)
    found = experiment.run(options, Quiet(), state=tmp_path, keep=print)
    first = found.repeats[0]
    assert (first.scope, first.kind, first.photographs) == ("all", "panel", 15)
    assert first.p is not None and first.low is not None
    assert len(found.repeats) == 3 + len(run.encoders)
    assert found.command.endswith(f"--text own.csv --images {tmp_path.name}")
    assert str(tmp_path) not in encode(found)
