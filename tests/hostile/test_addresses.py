"""Hostile addresses of all pages: drawn without an exception, with what was wrong said."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from substrate.ui.declared import PAGES, fields_of
from tests.hostile.guard import guarded
from tests.support.planted import planted_run

OWN = {
    "no JSON": "{",
    "deep": "[" * 20_000,
    "a number": "1e999",
    "NaN": '{"encoders": [NaN], "domains": []}',
    "null": "null",
    "a list": "[]",
    "no fields": "{}",
    "words": '{"encoders": "a", "domains": "b"}',
    "numbers": '{"encoders": [1, 2], "domains": [3]}',
    "no source": '{"encoders": [{}], "domains": []}',
    "a picture": json.dumps({"encoders": [{"name": "![x](http://127.0.0.1:9)"}], "domains": []}),
    "a tag": json.dumps({"encoders": [], "domains": [{"<img src=x onerror=alert(1)>": 1}]}),
    "outside": json.dumps({"encoders": [], "domains": [{"source": "folder", "path": "/etc"}]}),
    "null byte": json.dumps({"encoders": [], "domains": [{"source": "folder", "path": "a\0b"}]}),
    "long path": json.dumps(
        {"encoders": [], "domains": [{"source": "folder", "path": "x" * 4000}]}
    ),
    "weights": json.dumps(
        {
            "encoders": [
                {"source": "timm", "architecture": "test_vit", "weights": "/etc/shadow.safetensors"}
            ],
            "domains": [],
        }
    ),
    "a device": json.dumps(
        {"encoders": [], "domains": [{"source": "parquet", "path": "/dev/zero"}]}
    ),
    "many": json.dumps(
        {"encoders": [{"source": "bundled", "name": "resnet"}] * 500, "domains": []}
    ),
    "a surrogate": '{"encoders": [{"name": "\\ud800"}], "domains": []}',
    "an escape": '{"encoders": [{"name": "\\u001b[31m"}], "domains": []}',
}


@pytest.mark.parametrize("name", OWN)
def test_own_encoders_and_folders(place, open_page, name):
    with guarded(place.parent / "store"):
        app = open_page("study.py", place.parent / "store", own=OWN[name])
    assert not app.exception
    assert app.warning
    for element in (*app.warning, *app.markdown, *app.info, *app.error, *app.caption):
        assert "![x](" not in element.value and "<img" not in element.value.replace("\\<", "")


PARAMETERS = {
    "samples": ["NaN", "1e999", "-1", "9" * 400, "<script>", "\0"],
    "seed": ["-1", "99999999999999999999", "true"],
    "encoders": ["no-such", "../../etc", "![x](http://127.0.0.1:9)"],
    "domains": ["/etc/passwd", "cifar10\0"],
    "job": ["../..", "..%2f..", "x" * 5000, "a\0b", "![x](http://127.0.0.1:9)"],
    "name": ["<script>alert(1)</script>", "x" * 5000, "=cmd|' /C calc'!A0"],
    "layers": ["__class__", "ALL"],
}
ADDRESSES = [(key, value) for key, values in PARAMETERS.items() for value in values]


@pytest.mark.parametrize(("key", "value"), ADDRESSES, ids=lambda v: ascii(v)[:30])
def test_parameters(place, open_page, key, value):
    with guarded(place.parent / "store"):
        app = open_page("study.py", place.parent / "store", **{key: value})
    assert not app.exception
    for element in (*app.warning, *app.markdown, *app.info, *app.error, *app.caption):
        assert "![x](" not in element.value and "<script" not in element.value.replace("\\<", "")


NASTY = st.sampled_from(
    [
        "",
        "\0",
        "NaN",
        "-1",
        "1e999",
        "9" * 400,
        "../../etc/passwd",
        "<script>alert(1)</script>",
        "![x](http://127.0.0.1:9)",
        "__class__",
        "\u202eabc",
        "x" * 5000,
        "[[",
        "{}",
        "a|b",
        "0,0",
        "99,-5",
        "alpha|alpha",
        "true",
        "=cmd|' /C calc'!A0",
        "\ud7ff",
        "%00",
        "🙈",
    ]
)
REAL = st.sampled_from(["alpha", "beta", "rich", "few", "penultimate", "0,1", "1", "2", "17"])


def addresses(page: str) -> st.SearchStrategy[dict[str, list[str]]]:
    """Draw addresses of a page: its own fields, and some that there are not, of odd values."""
    names = [name for field in fields_of(PAGES[page]) for name in (field.name, *field.old)]
    keys = st.sampled_from(names) | st.text(min_size=1, max_size=8)
    values = st.lists(NASTY | REAL | st.text(max_size=30), min_size=1, max_size=3)
    return st.dictionaries(keys, values, min_size=1, max_size=8)


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("addresses"), n=40, groups=20, untrained=1)


@pytest.mark.parametrize("page", PAGES)
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_no_address_brings_a_page_down(planted, open_page, unanswered, page, data):
    """Neither an exception nor words of the address that act on the page."""
    app = open_page(f"{page}.py", planted.store.root, **data.draw(addresses(page)))
    assert not app.exception
    for element in (*app.warning, *app.markdown, *app.info, *app.error, *app.caption):
        said = element.value.replace("\\<", "").replace("\\[", "")
        assert "![x](" not in said and "<script" not in said
