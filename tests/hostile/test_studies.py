"""Hostile study files: every field, every name, every trick of YAML, every kind of file."""

import os

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from substrate import catalogue
from substrate.inputs.roots import RootError
from substrate.inputs.untrusted import NOT_IN_NAMES
from substrate.study import StudyError
from tests.hostile.guard import guarded

GOOD = {"encoders": ["resnet"], "domains": ["digit"], "samples": 16, "untrained": 0}
NUMBERS = ("samples", "tile", "components", "untrained", "permutations", "seed")
WORDS = ("layers", "pooling")
LISTS = ("encoders", "domains")
NO_NUMBER = {
    "nan": ".nan",
    "infinite": ".inf",
    "minus infinite": "-.inf",
    "too small": "-1",
    "huge": "99999999999999999999999",
    "a float": "16.5",
    "beyond floats": "1e999",
    "words": "'; DROP TABLE'",
    "a list": "[1, 2]",
    "a mapping": "{a: 1}",
    "nothing": "null",
    "a date": "2026-01-01",
    "bytes": "!!binary aGk=",
    "4301 digits": "1" * 4301,
    "control": '"\\x07"',
    "null byte": '"1\\0"',
    "a surrogate": '"\\ud800"',
}
NO_WORD = {k: v for k, v in NO_NUMBER.items() if k not in ("beyond floats",)}
NO_LIST = {
    "a number": "3",
    "nothing": "null",
    "a mapping": "{a: 1}",
    "nan": "[.nan]",
    "nulls": "[null]",
    "empty": "[]",
    "lists": "[[resnet]]",
    "unknown": "[no-such-thing]",
    "long": f"['{'x' * 5000}']",
    "escape": '["\\e[31mred"]',
    "truth": "[true]",
    "many": f"[{'a, ' * 25_000}]",
    "no source": "[{source: nowhere}]",
    "unknown key": "[{source: timm, architekture: x}]",
    "bidirectional": '["\\u202eabc"]',
}


def text(field, written):
    others = {key: value for key, value in GOOD.items() if key != field}
    return yaml.safe_dump(others) + f"{field}: {written}\n"


@pytest.mark.parametrize("field", NUMBERS)
@pytest.mark.parametrize("value", NO_NUMBER)
def test_numbers(refused_study, field, value):
    culprit = "study.yaml" if value in ("4301 digits",) else field
    refused_study(text(field, NO_NUMBER[value]), culprit)


@pytest.mark.parametrize("field", WORDS)
@pytest.mark.parametrize("value", NO_WORD)
def test_words(refused_study, field, value):
    culprit = "study.yaml" if value in ("4301 digits",) else field
    refused_study(text(field, NO_WORD[value]), culprit)


@pytest.mark.parametrize("field", LISTS)
@pytest.mark.parametrize("value", NO_LIST)
def test_lists(refused_study, field, value):
    named = {"many": "study", "empty": field[:-1], "unknown": "no-such-thing"}
    refused_study(text(field, NO_LIST[value]), named.get(value, field))


ODD = [
    *sorted(NOT_IN_NAMES),
    "\x00",
    "\x07",
    "\x1b[31m",
    "\n",
    "\u202e",
    "\u200b",
    "\ud800",
    "\x7f",
]


@pytest.mark.parametrize("odd", ODD, ids=ascii)
@pytest.mark.parametrize("kind", ["encoders", "domains", "paradigm", "recipe", "family"])
def test_names(refused_study, kind, odd):
    if kind == "encoders":
        change = {"encoders": [{"source": "bundled", "name": f"a{odd}b"}]}
    elif kind == "domains":
        change = {"domains": [{"source": "packaged", "name": f"a{odd}b"}]}
    else:
        if odd == "/":
            pytest.skip("a slash may stand there")
        change = {"encoders": [{"source": "timm", "architecture": "test_vit", kind: f"a{odd}b"}]}
    content = yaml.dump(GOOD | change, allow_unicode=False)
    culprit = {"encoders": "encoder", "domains": "domain"}.get(kind, kind)
    refused_study(content, culprit)


@pytest.mark.parametrize("name", [".", "..", "..."])
@pytest.mark.parametrize("kind", ["encoders", "domains"])
def test_names_that_are_steps_of_a_path(refused_study, kind, name):
    source = {"source": "features", "path": "features", "name": name}
    refused_study(yaml.safe_dump(GOOD | {kind: [source]}), "dots alone")


def test_a_folder_of_features_that_is_a_link_outside(refused_study, place):
    (place.parent / "out").mkdir()
    (place.parent / "out" / "samples.csv").write_text("id\na\nb\n")
    (place / "features").mkdir()
    (place / "features" / "photos").symlink_to(place.parent / "out")
    source = {"source": "features", "path": "features"}
    study = {"domains": [source | {"name": "photos"}], "encoders": [source | {"name": "vit"}]}
    refused_study(yaml.safe_dump(GOOD | study), "leads outside")


def bomb(levels=9):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, levels)]
    return "\n".join(lines)


FORMS = {
    "an alias bomb": bomb(),
    "an alias of itself": "a: &a [*a]",
    "a merge key": "a: &a {samples: 16}\n<<: *a",
    "a key twice": yaml.safe_dump(GOOD) + "samples: 17\n",
    "deep lists": "[" * 50_000,
    "deep mappings": "{a: " * 5_000,
    "deep blocks": "\n".join(" " * i + "a:" for i in range(300)),
    "an object": "name: !!python/object/apply:os.system ['touch /tmp/x']",
    "a name": "name: !!python/name:os.system",
    "a module": "name: !!python/module:os",
    "a tuple": "name: !!python/tuple [1]",
    "an unknown tag": "name: !thing 1",
    "a set": "name: !!set {a, b}",
    "pairs": "name: !!pairs [a: 1]",
    "an ordered map": "name: !!omap [a: 1]",
    "no date": "name: 2026-99-99",
    "no time": "name: 2026-01-01T99:99:99Z",
    "bad binary": "name: !!binary '!!!'",
    "a key of a list": "? [a]\n: b",
    "a key of a number": "1: 2",
    "a key of null": "~: 2",
    "a long key": f"{'k' * 5000}: 1",
    "a key with an escape": '"\\e[31m": 1',
    "two documents": "name: a\n---\nname: b",
    "an open quote": "name: 'a",
    "an open list": "name: [a",
    "a tab": "\tname: a",
    "a directive": "%YAML 9.9\n---\nname: a",
    "an unknown anchor": "name: *nothing",
    "a scalar": "study",
    "a list": "[1, 2, 3]",
    "nothing": "",
    "a comment": "# nothing",
    "null": "null",
    "a number": "17",
    "NUL bytes": b"\0" * 64,
    "UTF-16": "name: a".encode("utf-16"),
    "Latin-1": "name: é".encode("latin-1"),
    "random bytes": bytes(range(256)) * 4,
    "a zip": b"PK\x03\x04" + bytes(64),
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(64),
    "a pickle": b"\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00\x8c\x01a.",
    "too large": "#" + "x" * 2**18,
    "many values": "a: [" + "1," * 60_000 + "]",
    "many documents": "---\n" * 20_000,
    "many question marks": "? " * 20_000,
    "many anchors": "\n".join(f"a{i}: &b{i} 1" for i in range(5000)),
    "an unknown key": yaml.safe_dump(GOOD | {"sampels": 3}),
    "a missing field": "name: a",
    "a long name": yaml.safe_dump(GOOD | {"name": "x" * 300}),
    "a very long name": yaml.safe_dump(GOOD | {"name": "x" * 10_000}),
}
NAMED = {
    "an unknown key": "sampels",
    "a missing field": "encoders",
    "a long name": "name",
    "a very long name": "name",
    "pairs": "name",
    "an ordered map": "name",
}


@pytest.mark.parametrize("form", FORMS)
def test_forms(refused_study, form):
    plain = {"a scalar", "a list", "nothing", "a comment", "null", "a number", "many anchors"}
    refused_study(FORMS[form], NAMED.get(form, "tudy" if form in plain else "study.yaml"))


def fifo(path):
    os.mkfifo(path)


def loop(path):
    path.symlink_to(path)


FILES = {
    "missing": lambda path: None,
    "a directory": lambda path: path.mkdir(),
    "a pipe": fifo,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a null device": lambda path: path.symlink_to("/dev/null"),
    "a random device": lambda path: path.symlink_to("/dev/urandom"),
    "a broken link": lambda path: path.symlink_to("nowhere"),
    "a loop": loop,
    "a sparse giant": lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 2**40),
    "below a file": lambda path: path.write_text("x") and None,
}


@pytest.mark.parametrize("command", ["run", "report", "claims"])
@pytest.mark.parametrize("kind", FILES)
def test_files_that_are_no_study(refused, place, kind, command):
    path = place / "study.yaml"
    FILES[kind](path)
    more = ["--html", place / "out.html"] if command == "report" else []
    asked = path / "below.yaml" if kind == "below a file" else path
    refused(command, asked, *more, culprit="study.yaml")
    assert not (place / "out.html").exists()


@pytest.mark.parametrize("name", ["a\0b", "x" * 300, "x" * 5000, "\ud800", "a\nb"], ids=ascii)
def test_odd_names_of_files(place, name):
    with guarded(place.parent / "store"), pytest.raises(StudyError) as caught:
        catalogue.read_study(place / name)
    assert ascii(name)[1:-1][:8] in str(caught.value)
    assert str(caught.value).isprintable()


PATHS = {
    "missing": "missing",
    "null byte": "a\0b",
    "long": "x" * 300,
    "very long": "x" * 4000,
    "home of nobody": "~no-such-user-here/x",
    "outside": "/etc",
    "root": "/",
    "proc": "/proc/self",
    "up": "../../../../../../etc",
    "device": "/dev/zero",
    "new line": "a\nb",
    "a url": "http://127.0.0.1:9/",
    "unc": "//server/share",
    "windows": "C:\\Users",
    "escape": "\x1b]0;title\x07",
}


@pytest.mark.parametrize("where", ["folder", "groups", "parquet", "weights"])
@pytest.mark.parametrize("path", PATHS)
def test_paths(refused_study, place, where, path):
    (place / "photos").mkdir()
    written = PATHS[path]
    domain = {
        "folder": {"source": "folder", "path": written},
        "groups": {"source": "folder", "path": "photos", "groups": written},
        "parquet": {"source": "parquet", "path": written},
    }.get(where, "digit")
    encoder = {"source": "timm", "architecture": "test_vit", "weights": written, "name": "e"}
    study = GOOD | {"domains": [domain]} | ({"encoders": [encoder]} if where == "weights" else {})
    if where == "weights" and path in ("missing", "a url", "unc", "windows", "long"):
        pytest.skip("read only after the images: see test_weights")
    content = yaml.dump(study, allow_unicode=False)
    named = {"missing": "missing", "long": "xxx", "a url": "http:", "windows": "C:\\Users"}
    if where == "groups" and path in named:
        refused_study(content, "")
    else:
        refused_study(content, named.get(path, ""))


FIELDS = st.sampled_from(
    ["name", *LISTS, *NUMBERS, *WORDS, "trajectories", "source", "path", "mean"]
)
#: What means something in YAML, and what no text should hold.
PIECES = [*"[]{}|>#'\"%@`~\t\n\0\x85\ud800", "- ", ": ", "&a", "*a", "!!", "? ", "---\n", "...\n"]
PIECES += ["1e999", ".nan", "<<: "]
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=12) | FIELDS, inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(FIELDS | st.text(max_size=8), PLAIN, max_size=6))
def test_data_of_any_shape_is_a_study_or_one_sentence(drawn):
    for data in (drawn, GOOD | drawn):
        try:
            assert catalogue.parse_study(data).encoders
        except (StudyError, RootError) as error:
            assert "\n" not in str(error) and "\x1b" not in str(error)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_a_file_with_parts_put_anywhere_is_a_study_or_one_sentence(tmp_path, data):
    text = catalogue.DEFAULT_STUDY.read_text(encoding="utf-8")
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        piece = data.draw(st.sampled_from(PIECES) | st.text(max_size=6))
        text = text[:at] + piece + text[at + data.draw(st.integers(0, 3)) :]
    path = tmp_path / "study.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        assert catalogue.read_study(path).encoders
    except (StudyError, RootError) as error:
        assert "\n" not in str(error) and "\x1b" not in str(error)
