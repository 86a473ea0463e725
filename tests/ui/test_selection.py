"""The selection: what addresses hold, hostile addresses, defaults, other runs, and prefixes."""

import ast
import itertools
import json

import pytest

from substrate.runs import open_run, save_record
from substrate.store import digest
from substrate.ui import selection as state
from substrate.ui.declared import PAGES, SHARED, fields_of
from substrate.ui.fields import FieldScope, OneOf, Several, Switch, Text, TwoOf, Whole, fixed
from substrate.ui.opening import link
from substrate.ui.selection import encode, mirrored, moved, resolve
from tests.conftest import ROOT
from tests.support.planted import planted_run

pytestmark = pytest.mark.filterwarnings("ignore")

#: Names that break addresses, pages or composed keys which are not written with care.
ODD = ("a|b", "a&b=c", "50 % #1", "<b>bold</b>", "ü 日本", "a,b;c", "null", "true")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("page"), n=60, groups=20, untrained=1)


def variant(run, **changes):
    """Return the run under another id, with other parts of its record."""
    record = {**run.record, **changes, "run_id": digest(json.dumps(changes))[:16]}
    save_record(run.store, record)
    return open_run(run.store, record["run_id"])


def shown(app, page):
    """Return the address that a page has written, as texts."""
    return {
        name: tuple([text] if isinstance(text, str) else text)
        for name, text in app.query_params.items()
    }


# --- the declaration


def test_the_pages_of_the_table_are_those_of_the_folder_and_of_the_router():
    files = {path.stem for path in (ROOT / "pages").glob("*.py")}
    assert set(PAGES) == files


def test_shared_fields_name_existing_pages_and_own_fields_bear_their_page():
    for field in SHARED:
        assert "." not in field.name
        assert set(field.pages) <= set(PAGES), field.name
    for key, page in PAGES.items():
        assert all(field.name.startswith(f"{key}.") for field in page.fields)
        names = [field.name for field in fields_of(page)]
        assert len(names) == len(set(names))


def test_an_earlier_name_of_an_own_field_is_no_name_of_a_shared_one():
    shared = {name for field in SHARED for name in (field.name, *field.old)}
    for page in PAGES.values():
        old = [name for field in page.fields for name in field.old]
        assert len(old) == len(set(old)), page.key
        if page.shows_run:
            assert not shared & set(old), page.key


@pytest.mark.parametrize("key", PAGES)
def test_every_default_is_written_and_read_back(run, key):
    fields = fields_of(PAGES[key])
    values, replaced = resolve(fields, {}, run)
    again, lost = resolve(fields, encode(fields, values), run)
    assert again == values
    assert not replaced and not lost


# --- kinds of values


SCOPE = FieldScope(None, {})


@pytest.mark.parametrize(
    ("kind", "texts", "value"),
    [
        (OneOf(fixed("a", "b")), ("b",), "b"),
        (OneOf(fixed("a", "b")), ("a", "b"), "b"),
        (OneOf(fixed("a", "b")), ("c",), None),
        (OneOf(fixed("a", "b")), ("",), None),
        (Several(fixed("a", "b", "c")), ("c", "a", "zzz"), ("a", "c")),
        (Several(fixed("a", "b")), ("",), ()),
        (Several(fixed("a", "b")), ("zzz",), None),
        (Whole(2, 64, lambda _: 16), ("8",), 8),
        (Whole(2, 64, lambda _: 16), ("65",), None),
        (Whole(2, 64, lambda _: 16), ("-3",), None),
        (Whole(2, 64, lambda _: 16), ("1e1",), None),
        (Whole(2, 64, lambda _: 16), ("NaN",), None),
        (Whole(2, 64, lambda _: 16), ("²",), None),
        (Whole(2, 64, lambda _: 16), ("9" * 5000,), None),
        (Switch(), ("true",), True),
        (Switch(), ("yes",), None),
        (TwoOf(fixed("a", "b"), fixed("c")), ("a", "c"), ("a", "c")),
        (TwoOf(fixed("a", "b"), fixed("c")), ("a|c",), ("a", "c")),
        (TwoOf(fixed("a|b"), fixed("b|c")), ("a|b|b|c",), ("a|b", "b|c")),
        (TwoOf(fixed("a", "b"), fixed("c")), ("c", "a"), None),
        (TwoOf(fixed("a", "b"), fixed("c")), ("",), ()),
        (Text(str.isalnum), ("a1",), "a1"),
        (Text(str.isalnum), ("../../etc",), None),
    ],
)
def test_a_kind_reads_what_exists_and_nothing_else(kind, texts, value):
    assert kind.read(texts, SCOPE) == value


@pytest.mark.parametrize("name", ODD)
def test_odd_names_go_into_an_address_and_come_back(name):
    options = fixed("plain", name)
    for kind, value in (
        (OneOf(options), name),
        (Several(options), (name,)),
        (TwoOf(options, options), (name, "plain")),
    ):
        assert kind.read(kind.write(value), SCOPE) == value


# --- rules


def test_a_pair_is_two_different_encoders(run):
    values, replaced = resolve(SHARED, {"first": ("beta",), "second": ("beta",)}, run)
    assert values["first"] == "beta" and values["second"] == "alpha"
    assert [field.name for field in replaced] == ["second"]
    for name in run.encoders:
        assert resolve(SHARED, {"first": (name,)}, run)[0]["second"] != name


def test_choosing_the_other_encoder_makes_both_change_places():
    address = {
        "first": ("alpha",),
        "first_layer": ("block.1",),
        "second": ("beta",),
        "second_layer": ("logits",),
    }
    assert mirrored(address, {"first": ("beta",)}) == {
        "first": ("beta",),
        "first_layer": ("logits",),
        "second": ("alpha",),
        "second_layer": ("block.1",),
    }
    assert mirrored(address, {"first": ("gamma",)}) == {"first": ("gamma",)}
    both = {"first": ("beta",), "second": ("gamma",)}
    assert mirrored(address, both) == both


def test_a_run_of_one_encoder_has_no_pair(run):
    alone = variant(run, encoders=run.record["encoders"][:1])
    values, _ = resolve(SHARED, {}, alone)
    assert values["first"] == "alpha"
    assert values["second"] == "" and values["second_layer"] == ""


def test_another_run_keeps_what_was_chosen_and_takes_its_own_defaults(run):
    study = {**run.record["study"], "components": 8}
    other = variant(run, study=study, encoders=run.record["encoders"][1:])
    values, _ = resolve(SHARED, {"domain": ("few",), "first": ("gamma",)}, run)
    kept = moved(SHARED, values, run, other)
    there, _ = resolve(SHARED, {**kept, "run": (other.run_id,)}, other)
    assert there["domain"] == "few" and there["first"] == "gamma"
    assert there["k"] == 8 and values["k"] == 16
    assert there["panel"] == ("beta", "gamma", "delta")


def test_a_panel_of_encoders_that_another_run_lacks_gives_way_to_the_default(run):
    other = variant(run, encoders=run.record["encoders"][1:])
    values, _ = resolve(
        SHARED, {"panel": ("alpha", "beta"), "second": ("alpha",), "first": ("beta",)}, run
    )
    kept = moved(SHARED, values, run, other)
    there, _ = resolve(SHARED, kept, other)
    assert there["panel"] == ("beta", "gamma", "delta")
    assert there["first"] == "beta" and there["second"] == "gamma"


def test_the_panel_is_the_default_panel_of_the_run(run):
    encoders = [dict(item) for item in run.record["encoders"]]
    encoders[1]["recipe"] = encoders[0]["recipe"] = "one"
    other = variant(run, encoders=encoders)
    assert resolve(SHARED, {}, other)[0]["panel"] == ("alpha", "gamma", "delta")
    assert resolve(SHARED, {}, other)[0]["second"] == "gamma"


# --- pages and their addresses


@pytest.mark.parametrize("key", PAGES)
def test_a_page_writes_every_value_into_its_address(run, open_page, inline, key):
    app = open_page(f"{key}.py", run.store.root, run=run.run_id)
    assert not app.exception
    assert list(shown(app, key)) == [field.name for field in fields_of(PAGES[key])]


@pytest.mark.parametrize("key", PAGES)
@pytest.mark.parametrize(
    "text", ["", "%00", "../..", "<script>", "9" * 30, "null", "-1", "|", "a" * 3000]
)
def test_a_hostile_address_gives_the_defaults(run, key, text):
    fields = fields_of(PAGES[key])
    standard, _ = resolve(fields, {}, run)
    hostile = {field.name: (text, text) for field in fields if field.name != "study.name"}
    values, _ = resolve(fields, hostile, run)
    accepted = {"directions.image", "directions.colour", "study.job", "claims.claim"}
    for field in fields:
        if isinstance(field.kind, Several | Text):  # empty is a choice; text is checked when used
            accepted |= {field.name}
        if field.name not in accepted:
            assert values[field.name] == standard[field.name], field.name
    assert resolve(fields, encode(fields, values), run)[0] == values


def test_earlier_addresses_are_still_read(run, open_page, inline):
    app = open_page(
        "subspace.py",
        run.store.root,
        run=run.run_id,
        encoders=["alpha", "gamma"],
        k="4",
        view="Every domain",
        estimate="debiased",
        pair="rich|few",
        seed="3",
    )
    address = shown(app, "subspace")
    assert address["panel"] == ("alpha", "gamma") and address["k"] == ("4",)
    assert address["subspace.view"] == ("Every domain",)
    assert address["subspace.pair"] == ("rich", "few")
    assert address["subspace.seed"] == ("3",)
    assert not {"encoders", "view", "pair", "seed"} & set(address)


def test_what_an_address_names_in_vain_is_said_and_replaced(run, open_page, inline):
    app = open_page("metrics.py", run.store.root, first="nobody", domain="mars", run=run.run_id)
    assert not app.exception
    said = " ".join(element.value for element in app.caption)
    assert "at default: Domain, Encoder A." in said
    address = shown(app, "metrics")
    assert address["first"] == ("alpha",) and address["domain"] == ("rich",)
    app = open_page("metrics.py", run.store.root, run="abc123")
    assert "There is no run 'abc123'" in app.warning[0].value
    assert shown(app, "metrics")["run"] != ("abc123",)
    app = open_page("layers.py", run.store.root, **{"layers.metric": "none"})  # that of two views
    assert any(element.value.endswith("at default: Metric.") for element in app.caption)


def test_what_the_study_page_cannot_take_is_said(tmp_path, open_page):
    app = open_page("study.py", tmp_path, **{"study.samples": "-1", "study.tile": "x"})
    assert not app.exception
    said = [element.value for element in app.caption]
    expected = "cannot be; at default: Images per domain, at most, Tile side, pixels."
    assert any(text.endswith(expected) for text in said)
    assert shown(app, "study")["study.samples"] == ("256",)
    app = open_page("study.py", tmp_path, **{"study.samples": "32"})
    assert not any("at default" in element.value for element in app.caption)


def test_a_long_name_leaves_room_for_the_id_of_a_run(run, open_page, inline):
    """The box of runs is narrow: with a long name its options would differ by nothing seen."""
    record = {**run.record, "run_id": digest("long name")[:16]}
    record["study"] = {**run.study, "name": "A study with quite a long name"}
    save_record(run.store, record)
    app = open_page("metrics.py", run.store.root, run=record["run_id"])
    options = app.selectbox(key="run").options
    assert f"A study wit… · {record['run_id'][:6]}" in options
    assert f"Planted · {run.run_id[:6]}" in options


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (89, "89 s"), (92, "2 min"), (725, "12 min"), (9000, "2.5 h")],
)
def test_a_run_took_as_much_as_its_column_can_show(seconds, said):
    from substrate.ui.study.history import _roughly

    assert _roughly(seconds) == said and len(said) <= 6


def test_a_run_of_one_encoder_says_so_on_every_page_of_pairs(run, open_page, inline):
    record = {**run.record, "encoders": run.record["encoders"][:1]}
    record["run_id"] = digest("one encoder")[:16]
    save_record(run.store, record)
    for page in ("layers", "metrics", "directions"):
        app = open_page(f"{page}.py", run.store.root, run=record["run_id"])
        assert not app.exception
        assert "this run has one" in " ".join(element.value for element in app.info)
    app = open_page(
        "directions.py", run.store.root, run=record["run_id"], view="One encoder on two domains"
    )
    assert not app.exception
    assert app.get("plotly_chart")


def test_one_change_of_a_control_changes_one_value(run, open_page, inline):
    app = open_page("layers.py", run.store.root, run=run.run_id)
    before = shown(app, "layers")
    app.selectbox(key="first").set_value("gamma").run()
    after = shown(app, "layers")
    assert {name for name in after if after[name] != before[name]} == {"first"}
    app.selectbox(key="first").set_value("beta").run()
    assert shown(app, "layers")["first"] == ("beta",)
    assert shown(app, "layers")["second"] == ("gamma",)


def test_streamlit_says_which_runs_come_from_the_history():
    from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext

    assert "is_history_navigation" in ScriptRunContext.__dataclass_fields__


def test_back_means_the_address_whatever_controls_show(run, open_page, inline, monkeypatch):
    """What Back leaves in the controls is not read: the address wins, also over no value at all."""
    app = open_page("metrics.py", run.store.root, run=run.run_id)
    first = dict(app.query_params)
    app.selectbox(key="first").set_value("gamma").run()
    app.selectbox(key="domain").set_value("few").run()
    monkeypatch.setattr("substrate.ui.opening.by_history", lambda: True)
    app.query_params = dict(first)
    app.run()
    assert app.selectbox(key="first").value == "alpha"
    assert app.selectbox(key="domain").value == "rich"
    assert dict(app.query_params) == first


def test_a_click_on_its_way_does_not_take_an_earlier_one_back(run, open_page, inline):
    """A click that was sent before the browser knew the newest address still carries an older."""
    app = open_page("metrics.py", run.store.root, run=run.run_id)
    first = dict(app.query_params)
    app.selectbox(key="first").set_value("gamma").run()
    app.query_params = dict(first)
    app.selectbox(key="domain").set_value("few").run()
    assert app.selectbox(key="first").value == "gamma"
    assert app.selectbox(key="domain").value == "few"


def test_a_late_rerun_with_an_older_query_does_not_take_back_what_back_showed(
    run, open_page, inline, monkeypatch
):
    """A rerun that an interrupted run asked for comes with that run's query."""
    app = open_page("metrics.py", run.store.root, run=run.run_id)
    first = dict(app.query_params)
    app.selectbox(key="domain").set_value("few").run()
    with monkeypatch.context() as patch:
        patch.setattr("substrate.ui.opening.by_history", lambda: True)
        second = dict(app.query_params)
        app.query_params = dict(first)
        app.run()
    app.query_params = dict(second)
    app.run()
    assert app.selectbox(key="domain").value == "rich"
    assert dict(app.query_params) == first


def test_a_domain_without_labels_is_said_and_the_selection_stays(run, open_page, inline):
    from tests.analyses.transfer.test_transfer import relabelled

    changed = relabelled(run, [""] * 60)
    record = {**changed.record, "run_id": digest("no labels")[:16]}
    save_record(run.store, record)
    app = open_page("transfer.py", run.store.root, run=record["run_id"], domain="rich")
    assert not app.exception
    assert "Shown is Few instead" in " ".join(element.value for element in app.info)
    assert shown(app, "transfer")["domain"] == ("rich",)


def test_another_run_that_lacks_what_is_chosen_is_shown_at_its_defaults(run, open_page, inline):
    other = variant(run, encoders=run.record["encoders"][2:])
    app = open_page(
        "metrics.py", run.store.root, run=run.run_id, first="alpha", second="delta", domain="few"
    )
    app.selectbox(key="run").set_value(other.run_id).run()
    assert not app.exception
    address = shown(app, "metrics")
    assert address["run"] == (other.run_id,) and address["domain"] == ("few",)
    assert address["first"] == ("gamma",) and address["second"] == ("delta",)
    assert app.get("plotly_chart")


def test_a_domain_of_an_odd_name_is_shown_and_comes_back(run, open_page, inline):
    odd = "a|b & c=<i>d</i> 50 %#?"
    record = json.loads(json.dumps(run.record).replace('"few"', json.dumps(odd)))
    pairs = {key.replace("/few", f"/{odd}"): value for key, value in record["pairs"].items()}
    record |= {"pairs": pairs, "run_id": digest("odd")[:16]}
    save_record(run.store, record)
    app = open_page("metrics.py", run.store.root, run=record["run_id"], domain=odd)
    assert not app.exception
    assert app.get("plotly_chart") and shown(app, "metrics")["domain"] == (odd,)
    fields = fields_of(PAGES["subspace"])
    values, lost = resolve(
        fields, {"pair": (f"rich|{odd}",)}, open_run(run.store, record["run_id"])
    )
    assert values["subspace.pair"] == ("rich", odd) and not lost


def test_a_job_that_the_viewer_followed_becomes_the_run_and_others_do_not(run, monkeypatch):
    from substrate.jobs import Status
    from substrate.ui import opening
    from substrate.ui.shared import job_panel

    other = variant(run, study={**run.record["study"], "components": 8})
    memory = state.Memory(shared={"run": (run.run_id,), "k": ("16",), "domain": ("few",)})
    monkeypatch.setattr(opening, "memory", lambda: memory)
    monkeypatch.setattr(job_panel.st, "session_state", {})
    done = Status(job="one", name="n", started=0, state="done", run_id=other.run_id)
    assert not job_panel.followed(done)
    job_panel.follow("one")
    assert job_panel.followed(done) and not job_panel.followed(done)
    memory.own["metrics"] = {}
    opening.adopt(other.run_id, run.store)
    assert memory.shared["run"] == (other.run_id,)
    values, _ = resolve(SHARED, memory.shared, other)
    assert values["k"] == 8 and values["domain"] == "few"


def test_a_link_holds_the_whole_address_of_its_page(run, monkeypatch):
    memory = state.Memory(
        shared={"run": (run.run_id,), "k": ("8",)},
        own={"layers": {"layers.view": ("All encoders",)}},
    )
    monkeypatch.setattr("substrate.ui.opening.memory", lambda: memory)
    address = link("layers", run)
    assert list(address) == [field.name for field in fields_of(PAGES["layers"])]
    assert address["k"] == ["8"] and address["layers.view"] == ["All encoders"]
    fresh = link("layers", run, {"view": "Two encoders"}, fresh=True)
    assert fresh["k"] == ["16"] and fresh["layers.view"] == ["Two encoders"]


# --- nobody else's keys


#: Packages of the interface and of exhibits that draw for a page of another name.
DRAWS_FOR = {"detector": "transfer", "encoders": "subspace", "sharedness": "subspace"}


def keys_in(path):
    """Return the literal starts of all keys of widgets and of the session in a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        found = []
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") not in ("sort", "max"):
            found = [word.value for word in node.keywords if word.arg == "key"]
            if getattr(node.func, "id", "") in ("new_selection", "wrapping_columns"):
                found += node.args[:1]
            if ast.unparse(node.func).startswith("st.session_state."):
                found += node.args[:1]
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "st.session_state":
            found = [node.slice]
        for value in found:
            if isinstance(value, ast.JoinedStr):
                value = value.values[0]
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value.value


def test_every_key_of_a_widget_or_of_the_session_bears_its_page():
    """Two pages share no key but those of the declared selection."""
    checked = 0
    for path in sorted((ROOT / "substrate").glob("*/*/*.py")):
        if path.parent.parent.name not in ("ui", "exhibits"):
            continue
        page = DRAWS_FOR.get(path.parent.name, path.parent.name)
        pages = ("wall", "direction") if path.name == "wall.py" or page == "wall" else (page,)
        if page == "shared":  # what stands on every page, by one key on all of them
            pages = ("present",)
        for key in keys_in(path):
            right = key in pages or key.startswith(
                tuple(f"{p}{end}" for p in pages for end in "-.")
            )
            assert right, (path.name, key)
            checked += 1
    for path in (ROOT / "pages").glob("*.py"):
        for key in keys_in(path):
            right = key == path.stem or key.startswith((f"{path.stem}-", f"{path.stem}."))
            assert right, (path.name, key)
            checked += 1
    assert checked > 60


def test_no_widget_is_bound_to_the_address_behind_the_selection():
    for path in [*(ROOT / "substrate" / "ui").rglob("*.py"), *(ROOT / "pages").glob("*.py")]:
        source = path.read_text(encoding="utf-8")
        assert "bind=" not in source, path.name
        place = (
            str(path.relative_to(ROOT / "substrate" / "ui"))
            if path.parent != ROOT / "pages"
            else f"pages/{path.name}"
        )
        assert "query_params" not in source or place in (
            "charts.py",  # shows the address, to be copied
            "selection.py",
            "opening.py",
            "claims/card.py",
            "shared/labelled.py",
            "directions/of_shared.py",
            "wall/direction.py",  # these link with whole addresses
            "findings.py",
            "pill.py",
            "shared/pins.py",  # keeps the address of a view
            "shared/present.py",
            "shared/linked_sheet.py",  # these link with whole addresses
            "shared/panel.py",
            "study/run_cards.py",
            "home/earlier.py",  # hands an earlier address on as it is
            "pages/study.py",
        ), path


def test_sessions_of_two_pages_have_only_shared_keys_in_common(run, open_page, inline):
    # Maps that were asked for hold no choice: what one page asked for is there on the other.
    shared = {field.name for field in SHARED} | {"selection", "present", "directions-maps"}
    kept = {}
    for key in PAGES:
        app = open_page(f"{key}.py", run.store.root, run=run.run_id)
        kept[key] = {name.removeprefix("FormSubmitter:") for name in app.session_state.to_dict()}
        assert all(
            name in shared or name == key or name.startswith((f"{key}.", f"{key}-", "panel-"))
            for name in kept[key]
        ), (key, sorted(n for n in kept[key] if not n.startswith(key)))
    for one, other in itertools.combinations(kept, 2):
        common = kept[one] & kept[other]
        # Buttons that choose the shared panel: they hold no value of their own.
        assert {name for name in common if not name.startswith("panel-")} <= shared
