"""Pins in a store: their order, their notes, and what a damaged file says."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from substrate.notebook import pins as notebook
from substrate.notebook.pins import NotebookError
from substrate.store import Store


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def pinned(store, name, **more):
    given = {"page": "layers", "address": "k=4", "figure": name, "title": name.title(), **more}
    return notebook.add(store, **given)


def order(store):
    return "".join(pin.figure for pin in notebook.pins(store))


def test_pins_keep_their_order_and_move_within_it(store):
    assert notebook.pins(store) == ()
    a, b, c = (pinned(store, name) for name in "abc")
    assert order(store) == "abc" and len({a.key, b.key, c.key}) == 3
    notebook.move(store, c.key, -1)
    assert order(store) == "acb"
    notebook.move(store, a.key, 9)
    assert order(store) == "cba"
    notebook.move(store, c.key, -5)
    assert order(store) == "cba"
    notebook.remove(store, b.key)
    assert order(store) == "ca"
    notebook.move(store, b.key, 1)  # gone: nothing happens
    assert order(store) == "ca"


def test_a_note_is_kept_as_written_and_cut_where_too_long(store):
    a = pinned(store, "a", note="x" * 900)
    assert len(notebook.pins(store)[0].note) == notebook.NOTE
    notebook.annotate(store, a.key, "r = 0.68 <b>µ</b> 日本")
    again = notebook.pins(Store(store.root))[0]
    assert again.note == "r = 0.68 <b>µ</b> 日本" and again.title == "A"


def test_pins_of_several_tabs_are_all_kept(store):
    with ThreadPoolExecutor(6) as several:
        list(several.map(lambda i: pinned(store, str(i)), range(12)))
    assert sorted(order(store)) == sorted("".join(map(str, range(12))))
    assert not list(store.root.glob(".notebook*"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b'{"form": 1}',
        b'{"form": 2, "pins": []}',
        b'{"form": 1, "pins": [3]}',
        b'{"form": 1, "pins": [{"key": "a"}]}',
        json.dumps(
            {
                "form": 1,
                "pins": [
                    dict.fromkeys(("key", "page", "address", "figure", "title", "note"), "x")
                    | {"note": 7}
                ],
            }
        ).encode(),
        b"[" * 100_000,
    ],
)
def test_a_damaged_file_is_one_sentence_and_is_not_overwritten(store, content):
    notebook.path(store).write_bytes(content)
    for act in (lambda: notebook.pins(store), lambda: pinned(store, "a")):
        with pytest.raises(NotebookError) as said:
            act()
        assert "Move the file away" in str(said.value) and "\n" not in str(said.value)
    assert notebook.path(store).read_bytes() == content


def test_there_is_an_end_to_pins_and_to_their_addresses(store, monkeypatch):
    monkeypatch.setattr(notebook, "MOST", 2)
    pinned(store, "a"), pinned(store, "b")
    with pytest.raises(NotebookError, match="2 pins already"):
        pinned(store, "c")
    with pytest.raises(NotebookError, match="too long"):
        pinned(store, "c", address="x" * 30_000)
