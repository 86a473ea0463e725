"""Studies: what is accepted, what is refused in which sentence, and what the run id follows."""

import contextlib

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from substrate import catalogue
from substrate.commands.shared import study_of
from substrate.study import StudyConfig, StudyError, parse, read, run_id, to_yaml

GOOD = {"name": "A", "encoders": ["resnet"], "domains": ["natural"]}


def test_the_shipped_example_is_valid_and_complete():
    study = catalogue.default_study()
    assert len(study.encoders) == 5
    named = [domain.name for domain in study.domains if domain.name != "cifar10"]
    assert named == ["natural", "face", "digit", "texture"]
    assert study.untrained == 10
    written = yaml.safe_load(catalogue.DEFAULT_STUDY.read_text())
    assert set(written) == set(StudyConfig.model_fields)


def test_a_command_without_a_study_takes_the_shipped_one(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SUBSTRATE_ROOTS", str(tmp_path))
    assert study_of(None, None) == catalogue.default_study()


def test_a_domain_may_be_asked_for_only_where_it_is_at_hand():
    asked = GOOD | {"domains": ["cifar10 if at hand", "natural"]}
    assert [d.name for d in parse(asked).domains] == ["natural"]
    found = parse(asked, at_hand=["cifar10"])
    assert [(d.source, d.name) for d in found.domains] == [
        ("parquet", "cifar10"),
        ("packaged", "natural"),
    ]


def test_the_default_study_begins_with_cifar10_where_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("SUBSTRATE_CIFAR10", str(tmp_path))
    assert len(catalogue.default_study().domains) == 4
    (tmp_path / "test.parquet").touch()
    assert catalogue.default_study().domains[0].name == "cifar10"


def test_a_study_survives_its_own_file(tmp_path):
    study = parse(
        GOOD
        | {
            "encoders": ["resnet", {"source": "timm", "architecture": "resnet18", "size": 64}],
            "domains": ["digit", {"source": "folder", "path": str(tmp_path / "photos")}],
        }
    )
    path = tmp_path / "study.yaml"
    path.write_text(to_yaml(study))
    assert read(path) == study


def test_relative_paths_are_relative_to_the_file(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(GOOD | {"domains": [{"source": "folder", "path": "photos"}]}))
    assert read(path).domains[0].path == tmp_path / "photos"
    assert read(path).domains[0].name == "photos"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"sampels": 3}, "did you mean 'samples'"),
        ({"domains": [{"source": "folder", "pth": "x", "path": "y"}]}, "did you mean 'path'"),
        ({"encoders": []}, "at least one encoder"),
        ({"encoders": ["a", "a"]}, "'a' is used twice"),
        ({"encoders": ["a/b"]}, "may not contain"),
        ({"encoders": "resnet"}, "expected a list or 'all bundled'"),
        ({"samples": 3}, "samples: .*16"),
        ({"samples": "many"}, "samples: .*'many'"),
        (
            {"domains": [{"source": "hub", "name": "x"}]},
            r"domains\.0: 'hub' is no source of a domain; "
            r"write packaged, folder, parquet or features\.$",
        ),
        (
            {"encoders": ["a", {"name": "x"}]},
            r"encoders\.1 says no source; write source: and one of bundled, timm or features\.$",
        ),
        (
            {"encoders": [3]},
            r"encoders\.0: expected an encoder's name or a mapping with its source, got 3\.$",
        ),
        ({"encoders": [{"source": "timm"}]}, "architecture"),
        ({"seed": -1}, "seed"),
    ],
)
def test_what_is_wrong_is_one_sentence(change, sentence):
    with pytest.raises(StudyError, match=sentence) as caught:
        parse(GOOD | change)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "[1, 2]", "a: [", "just words", "\t- x", "name: !!python/object:os.system x"]
)
def test_a_file_that_is_no_study_is_one_sentence(tmp_path, text):
    path = tmp_path / "study.yaml"
    path.write_text(text)
    with pytest.raises(StudyError):
        read(path)


def test_a_missing_or_binary_file_is_one_sentence(tmp_path):
    with pytest.raises(StudyError, match=r"Cannot read .*absent\.yaml"):
        read(tmp_path / "absent.yaml")
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(StudyError, match="UTF-8|YAML"):
        read(tmp_path / "b.yaml")


def test_all_forms_expand():
    study = parse(
        {"encoders": "all bundled", "domains": "all packaged"}, bundled=["a", "b"], packaged=["c"]
    )
    assert [e.name for e in study.encoders] == ["a", "b"]
    assert [d.name for d in study.domains] == ["c"]


PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=8)


def _nested(inner):
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)


@given(st.recursive(PLAIN, _nested, max_leaves=8))
@settings(max_examples=100, deadline=None)
def test_nothing_but_a_study_error_comes_out(data):
    with contextlib.suppress(StudyError):
        parse(data)


def test_the_run_id_follows_every_part_of_the_resolved_configuration():
    resolved = {"samples": [["a", "b"]], "seed": 0}
    assert run_id(resolved) == run_id({"seed": 0, "samples": [["a", "b"]]})
    assert run_id(resolved) != run_id(resolved | {"seed": 1})


def test_a_set_of_bundled_encoders_is_chosen_by_its_name():
    sets = {"panel": ["resnet", "vit"], "weights": ["matched_vgg"]}
    study = parse(GOOD | {"encoders": "bundled weights"}, bundled=["resnet"], presets=sets)
    assert [encoder.name for encoder in study.encoders] == ["matched_vgg"]
    with pytest.raises(StudyError, match="set of bundled encoders is called 'wieghts'; there are"):
        parse(GOOD | {"encoders": "bundled wieghts"}, presets=sets)


def test_all_bundled_does_not_grow_with_the_sets_for_single_questions():
    sets = catalogue.presets()
    bundled = [info.name for info in catalogue.encoders() if info.source == "bundled"]
    assert sorted(name for members in sets.values() for name in members) == sorted(bundled)
    assert catalogue.names()["bundled"] == sets["panel"]
    assert not any(name.startswith("matched_") for name in sets["panel"])
