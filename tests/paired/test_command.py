"""The command `units`: two layers read, matched and printed, and what it refuses."""

import json
import signal
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from substrate import jobs
from substrate.analyses.units.choice import default_place, places_by_depth
from substrate.analyses.units.few_to_one import FEW_TO_ONE, FewToOneParams
from substrate.analyses.units.many_to_many import MANY_TO_MANY, ManyToManyParams
from substrate.analyses.units.one_to_one import ONE_TO_ONE, OneToOneParams
from substrate.analyses.units.place import PlaceParams, is_read
from substrate.cli import app
from substrate.paired import along_depth, copies
from substrate.paired import command as measuring
from tests.exhibits.units.test_depth import planted
from tests.exhibits.units.test_several import planted as planted_pairs

pytestmark = pytest.mark.filterwarnings("ignore")


def command(run, *options):
    line = ["units", f"--run={run.run_id}", f"--store={run.store.root}", *options]
    before = signal.getsignal(signal.SIGTERM)
    try:
        return CliRunner().invoke(app, line)
    finally:
        signal.signal(signal.SIGTERM, before)


def test_it_prints_the_match_beside_its_nulls(real_run, monkeypatch):
    first, second = real_run.first_two
    layers = [real_run.encoders[name].layers[1].name for name in (first, second)]
    options = [f"--first-layer={layers[0]}", f"--second-layer={layers[1]}", "--domain=face"]
    done = command(real_run, *options, "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    place = PlaceParams(first, layers[0], second, layers[1], "face", 0)
    assert is_read(real_run, place)
    result = ONE_TO_ONE.compute(real_run, OneToOneParams(place))
    assert found["mean"]["value"] == pytest.approx(result.mean.value)
    assert found["positions"] == result.positions and len(found["shuffled"]) == 5
    assert len(found["pairs"]) == len(result.pairs.r)
    few = FEW_TO_ONE.compute(real_run, FewToOneParams(place))
    assert found["few_to_one"]["few"]["value"] == pytest.approx(few.few.value)
    losses = [one["loss"] for one in found["few_to_one"]["path"]]
    assert losses == pytest.approx(few.half_unexplained.tolist())
    many = MANY_TO_MANY.compute(real_run, ManyToManyParams(place))
    units = [one["first"] for one in found["many_to_many"]["clusters"]]
    assert units == [one.first.tolist() for one in many.clusters]
    status = jobs.list_jobs(real_run.store)[0]
    assert (status.kind, status.state, status.run_id) == ("units", "done", real_run.run_id)
    assert "mutual_information" not in found
    asked = []
    monkeypatch.setattr(measuring, "measure_information", lambda _run, one, *_: asked.append(one))
    text = command(real_run, *options, "--information").stdout
    assert asked == [place]
    assert "mutual information: The mutual information of these layers has not been" in text
    assert f"matched units        {result.mean.value:.2f}" in text and "rotated axes" in text
    assert f"R2 of three units    {few.few.value:.2f}" in text


def test_all_layers_are_printed_from_first_to_last(real_run, monkeypatch):
    read: list[list[PlaceParams]] = []
    first, second = real_run.first_two
    monkeypatch.setattr(along_depth, "read_places", lambda _run, places, *_: read.append(places))
    monkeypatch.setattr(
        along_depth, "obtain", lambda *_: replace(planted(), first=first, second=second)
    )
    found = json.loads(command(real_run, "--depth", "--json").stdout)
    assert read == [places_by_depth(real_run, default_place(real_run))]
    assert [one["second"] for one in found["layers"]] == ["conv1", "block2"]
    assert found["layers"][0]["units"]["value"] == 0.6
    assert len(found["layers"][0]["subspace"]["null"]) == 5
    text = command(real_run, "--depth").stdout
    assert "  three units, R2    0.70 (95 % CI [0.68, 0.72]), null 0.40" in text.replace(
        "\u00a0", " "
    )


def test_copies_are_read_pair_by_pair_at_all_layers(real_run, monkeypatch):
    done = command(real_run, "--copies")
    assert done.exit_code == 2 and "one recipe and shape" in " ".join(done.output.split())
    first = real_run.first_two[0]
    names, read = (first, first), []
    monkeypatch.setattr(copies, "alike", lambda *_: names)
    monkeypatch.setattr(copies, "read_places", lambda _run, places, *_: read.append(places))
    monkeypatch.setattr(copies, "obtain", lambda *_: planted_pairs())
    printed = json.loads(command(real_run, "--copies", f"--first={first}", "--json").stdout)
    layers = [one.name for one in real_run.encoders[first].layers if one.name != "logits"]
    assert [[one.first_layer for one in places] for places in read] == [layers]
    assert [one["r"] for one in printed[0]["pairs"]] == [0.6, 0.5, 0.3]
    assert printed[0]["consistency"] == 0.75 and printed[0]["pairs"][0]["cycles"] == [3, 1]


def test_what_is_not_there_is_one_sentence(real_run):
    for option, sentence in (
        ("--first=nobody", "There is no encoder 'nobody'"),
        ("--first-layer=nowhere", "has no layer 'nowhere'"),
        ("--domain=nowhere", "There is no domain 'nowhere'"),
    ):
        done = command(real_run, option)
        assert done.exit_code == 2
        assert sentence in " ".join(done.output.split())


def test_a_job_of_units_is_the_same_command(real_run):
    job = jobs.new_units(real_run.store, "Units of A and B", ["--run=abc", "--first=a b"])
    line = jobs._line(real_run.store, job, again=True)
    assert line[2:] == [
        "substrate",
        "units",
        "--run=abc",
        "--first=a b",
        "--store",
        str(real_run.store.root),
        "--job",
        job,
    ]
