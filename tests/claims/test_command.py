"""`python -m substrate claims`: JSON, CSV and text on stdout, else a sentence and an exit code."""

import csv
import io
import json
import signal

import pytest
import yaml
from typer.testing import CliRunner

from substrate.claims import preregistered
from substrate.cli import app


@pytest.fixture
def study(real_run, tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(json.loads(json.dumps(real_run.study))))
    return path


def claims(*arguments):
    before = signal.getsignal(signal.SIGTERM)
    try:
        return CliRunner().invoke(app, ["claims", *map(str, arguments)])
    finally:
        signal.signal(signal.SIGTERM, before)


def test_the_whole_ledger_as_json(study, real_run):
    done = claims(study, "--json", "--store", real_run.store.root)
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["run"] == real_run.run_id and len(found["rows"]) == len(
        preregistered.register().claims
    )
    assert found["preregistered"]["sha256"] == preregistered.register().digest
    assert not found["not computed"]
    assert all(row["verdict"] != "not computed yet" for row in found["rows"])
    assert all(row["reason"] or row["measured"] is not None for row in found["rows"])


def test_csv_and_text(study, real_run, monkeypatch):
    monkeypatch.setattr("substrate.commands.studies.finished_run", lambda *_: real_run)
    done = claims(study, "--csv", "--store", real_run.store.root)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["key"] for row in rows] == [c.key for c in preregistered.register().claims]
    plain = claims(study, "--store", real_run.store.root)
    counted = sum(claim.own for claim in preregistered.register().claims)
    assert f"Of {counted} published claims" in plain.stdout and "sha256" in plain.stdout


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "study.yaml"),
        (b"\xff\xfe\x00", "study.yaml"),
        (b"- 1", "A study is a mapping"),
        (b"encoders: [../../etc/passwd]\ndomains: [natural]", "passwd"),
        (b"encoders: [resnet]\ndomains: [natural]\nsamples: -1", "samples"),
    ],
)
def test_a_study_that_is_none_is_one_sentence(tmp_path, content, words):
    path = tmp_path / "study.yaml"
    if content is not None:
        path.write_bytes(content)
    done = claims(path, "--json", "--store", tmp_path / "store")
    assert done.exit_code == 2
    assert not done.stdout and words in done.stderr and "Traceback" not in done.stderr


def test_claims_that_break_their_rules_stop_the_command(study, real_run, tmp_path, monkeypatch):
    broken = tmp_path / "claims.yaml"
    broken.write_text("schema: 2\nsources: {}\nprotocols: {}\nclaims: 3\n")
    monkeypatch.setattr(preregistered, "register", lambda: preregistered.read_register(broken))
    done = claims(study, "--json", "--store", real_run.store.root)
    assert done.exit_code == 2 and "claims.yaml" in done.stderr and not done.stdout
