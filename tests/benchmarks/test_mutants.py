"""The tool that draws mutants: what it changes, which tests it runs, and what it concludes."""

from types import SimpleNamespace

import pytest
from coverage import CoverageData

from benchmarks.mutants.__main__ import drawn, finished, put_to_the_tests, summary
from benchmarks.mutants.covering import Covering
from benchmarks.mutants.operators import mutants
from benchmarks.mutants.selection import LAST, imports, nearest_tests
from benchmarks.mutants.trial import Copy


def changed(source):
    """Every source that one change makes of another."""
    return {m.apply(source) for place in mutants(source, "m.py") for m in place}


@pytest.mark.parametrize(
    ("source", "some"),
    [
        ("a < b", {"(a <= b)", "(a >= b)"}),
        ("a + b", {"(a - b)"}),
        ("k = 7", {"k = 8", "k = 6"}),
        ("f(x, reverse=True)", {"f(x, reverse=False)"}),
        ("not a", {"(a)"}),
        ("a and b", {"(a or b)"}),
        ("np.nanmin(x)", {"(np.nanmax(x))"}),
        ("x[:k]", {"x[:k + 1]"}),
        ("x[::-1]", {"x[:]"}),
        ("[v for v in x if v]", {"[v for v in x]"}),
        ("a if b else c", {"(c if b else a)"}),
        ("np.sqrt(x)", {"(x)"}),
        ("é = 'ü'; a == b", {"é = 'ü'; (a != b)"}),
    ],
)
def test_each_operator_makes_its_changes(source, some):
    assert some <= changed(source)
    for text in changed(source):
        compile(text, "m.py", "exec")


def test_a_call_for_its_effect_is_removed_and_a_neighbour_returned():
    source = "def f(a):\n    b = a\n    check(a)\n    return b\n"
    assert changed(source) == {
        source.replace("check(a)", "pass"),
        source.replace("return b", "return a"),
    }


def test_what_no_number_follows_from_is_left_alone():
    source = (
        '"""Seven 7."""\nfrom a import b\n'
        "def f(x: Float[3]) -> int | None:\n"
        '    """Two."""\n    raise ValueError(f"{x + 1}" + "a")\n'
        "if TYPE_CHECKING:\n    y = 1 + 2\n"
        "A = Analysis(key, version=3)\n"
    )
    assert changed(source) == set()


@pytest.fixture
def project(tmp_path):
    """A package of two modules, one of which no test asserts a number of."""
    lazy = "from substrate.high import six\n\n\ndef test_lazy():\n    six()\n"
    files = {
        "substrate/low.py": "def double(x):\n    return 2 * x\n",
        "substrate/high.py": "from substrate.low import double\n\n\n"
        "def six():\n    return double(3)\n",
        "tests/test_low.py": "from substrate.low import double\n\n\n"
        "def test_two():\n    assert double(4) == 8\n",
        "tests/test_high.py": lazy + "\n\ndef test_broken():\n    assert False\n",
        "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\nmarkers = ['browser: x']",
        "app.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "pages").mkdir()
    return tmp_path


def test_the_nearest_tests_come_first(project):
    graph = imports(project)
    assert nearest_tests("substrate/low.py", graph, 9) == [
        ["tests/test_low.py"],
        ["tests/test_high.py"],
    ]
    assert nearest_tests("substrate/low.py", graph, 1) == [["tests/test_low.py"]]
    assert nearest_tests("substrate/high.py", graph, 9) == [["tests/test_high.py"]]
    graph[LAST] = set()
    assert nearest_tests("substrate/low.py", graph, 1) == [["tests/test_low.py"], [LAST]]


def test_tests_that_run_a_line_come_first_and_a_fixture_stands_for_its_file(project):
    """A line of two that `test_two` ran, and one that `test_lazy`'s fixture ran."""
    data = CoverageData(str(project / ".coverage"))
    for context, line in [
        ("tests/test_low.py::test_two|run", 2),
        ("tests/test_high.py::test_lazy|setup", 2),
        ("tests/test_high.py::test_broken|run", 1),
        ("", 1),
    ]:
        data.set_context(context)
        data.add_lines({str(project / "substrate/low.py"): [line]})
    data.write()
    covering, asked = Covering(project, project / ".coverage"), drawn(project, ["substrate"], 99, 0)
    by_path = {m.path: covering.tests(m, 9) for m in asked}
    high = ["tests/test_high.py::test_broken", "tests/test_high.py::test_lazy"]
    assert by_path["substrate/low.py"] == [["tests/test_low.py::test_two"], high]
    assert by_path["substrate/high.py"] == []
    first = next(m for m in asked if m.path == "substrate/low.py")
    assert covering.tests(first, 1) == [["tests/test_low.py::test_two"]]


def test_coverage_that_does_not_tell_tests_apart_is_refused(project):
    data = CoverageData(str(project / ".coverage"))
    data.add_lines({str(project / "substrate/low.py"): [2]})
    data.write()
    with pytest.raises(SystemExit, match="--cov-context=test"):
        Covering(project, project / ".coverage")


def test_a_mutant_dies_of_a_test_that_passes_without_it_and_the_draw_goes_on(project, tmp_path):
    """`double` is tested; of `six` only a broken test and one that asserts nothing are."""
    asked = drawn(project, ["substrate"], 99, seed=0)
    assert [m.key for m in asked] == [m.key for m in drawn(project, ["substrate"], 99, seed=0)]
    assert {m.path for m in asked} == {"substrate/low.py", "substrate/high.py"}
    out = tmp_path / "out.jsonl"
    options = SimpleNamespace(jobs=1, files=9, timeout=120.0, coverage=None)
    put_to_the_tests(project, asked[:1], out, options)
    known = finished(out)
    assert set(known) == {asked[0].key}
    put_to_the_tests(project, [m for m in asked if m.key not in known], out, options)
    results = list(finished(out).values())
    assert len(results) == len(out.read_text().splitlines()) == len(asked)
    assert {r["outcome"] for r in results if r["path"] == "substrate/low.py"} == {"killed"}
    assert {r["killer"] for r in results} == {"tests/test_low.py::test_two", ""}
    assert {r["outcome"] for r in results if r["path"] == "substrate/high.py"} == {"survived"}
    assert (project / "substrate/low.py").read_text() == "def double(x):\n    return 2 * x\n"
    died = sum(r["outcome"] == "killed" for r in results)
    text = summary(results)
    assert text.startswith(f"{died} of {len(results)} mutants died")
    assert "-    return double(3)" in text


def test_tests_that_take_too_long_decide_nothing(project):
    copy = Copy.of(project, project.parent / "copy")
    slow = project.parent / "copy" / "tests" / "test_low.py"
    slow.write_text("import time\n\n\ndef test_slow():\n    time.sleep(60)\n")
    mutant = drawn(project, ["substrate"], 1, seed=0)[0]
    result = copy.outcome(mutant, [["tests/test_low.py"]], timeout=2.0)
    assert (result["outcome"], result["killer"]) == ("timeout", "")
    assert summary([result]).startswith("0 of 1 mutants died (0 %), 1 undecided")
