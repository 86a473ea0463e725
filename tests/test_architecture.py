"""The import rules of docs/architecture: each part may import only what lies below it."""

import subprocess
import sys

import pytest

from tests.support.architecture import rules
from tests.support.architecture.sources import (
    ROOT,
    circles,
    planted,
    sources,
    strongly_connected,
)
from tests.support.architecture.tables import MAY_IMPORT

#: What the rules hold for, and what may stand beside it in a circle.
PROGRAM = ("pages", "substrate")
EVERYTHING = (*PROGRAM, "benchmarks", "tests")

RULES = (
    rules.imports_that_point_up,
    rules.numerics_that_point_up,
    rules.questions_that_meet,
    rules.unsafe_readers,
    rules.numerics_that_read_or_write,
    rules.unused_permissions,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_program_keeps_to(rule):
    assert len(sources(*PROGRAM)) > 600
    assert rule(sources(*PROGRAM)) == []


def test_no_two_modules_import_each_other():
    """By no way round, imports in functions included; benchmarks take nothing from tests."""
    assert circles(sources(*EVERYTHING)) == []
    assert strongly_connected({a: sorted(b) for a, b in MAY_IMPORT.items()}) == []
    assert [
        how for (_, there), how in rules.arrows(sources("benchmarks")).items() if there == "tests"
    ] == []


NUMERICS = "substrate__numerics__"
UP, ORDER, MEET, READ, WRITE = RULES[:5]
TYPES = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    "

#: Modules that break a rule, and what the rule says of them.
PLANTED = [
    (UP, {NUMERICS + "cka": "from benchmarks import floors"}, "numerics may not import benchmarks"),
    (UP, {NUMERICS + "cka": "import tests.support"}, "numerics may not import tests"),
    (UP, {"substrate__jobs": "def f():\n    import tests"}, "jobs may not import tests"),
    (UP, {"pages__wall": "from substrate.figures import theme"}, "pages may not import figures"),
    (UP, {"substrate__store": "from substrate import runs"}, "store may not import runs"),
    (UP, {"substrate__new": "from substrate import runs"}, "new may not import runs"),
    (
        UP,
        {"substrate__exhibits__a": TYPES + "pass\nelse:\n    import plotly"},
        "plotly may be imported only by ['figures', 'report']",
    ),
    (
        UP,
        {"substrate__ui__a": "import importlib\nimportlib.import_module('torch')"},
        "torch may be imported only by",
    ),
    (
        UP,
        {"substrate__ui__a": "from importlib import import_module as get\nget('torch.nn')"},
        "torch may be imported only by",
    ),
    (
        UP,
        {"substrate__ui__a": "import importlib\nimportlib.import_module(name)"},
        "every import is written out",
    ),
    (UP, {NUMERICS + "cka": "import logging"}, "numerics may not import logging"),
    (UP, {"substrate__store": "import pickle"}, "no pickle is read"),
    (UP, {"substrate__store": "import fcntl"}, "locks are those of filelock"),
    (
        ORDER,
        {NUMERICS + "metrics__cka": "from substrate.numerics.transfer import probe"},
        "transfer may not be imported from below",
    ),
    (
        ORDER,
        {NUMERICS + "spectra": "def f():\n    from substrate.numerics.detector import fit"},
        "detector may not be imported from below",
    ),
    (
        MEET,
        {
            "substrate__exhibits__units__words": "from substrate.analyses.layers import depth",
            "substrate__analyses__layers__depth": "",
        },
        "exhibits/units may not import analyses/layers, another question",
    ),
    (
        MEET,
        {
            "substrate__ui__units__views": "from substrate.exhibits.layers.words import TITLE",
            "substrate__exhibits__layers__words": "",
        },
        "ui/units may not import exhibits/layers, another question",
    ),
    (
        MEET,
        {
            "substrate__figures__units__few": "from substrate.figures.maps import pair",
            "substrate__figures__maps__pair": "",
        },
        "figures/units may not import figures/maps, another question",
    ),
    (READ, {"substrate__a": "import torch\ntorch.load(f)"}, "a uses torch.load"),
    (READ, {"substrate__a": "from torch import load as get\nget(f)"}, "a uses torch.load"),
    (
        READ,
        {"substrate__a": "import numpy as np\nnp.load(f, allow_pickle=True)"},
        "numpy.load needs allow_pickle=False",
    ),
    (READ, {"substrate__a": "import numpy as np\nreader = np.load"}, "numpy.load needs"),
    (
        READ,
        {"substrate__a": "from PIL import Image\nImage.open(f)"},
        "Image.open needs formats",
    ),
    (READ, {"substrate__a": "from PIL.Image import open\nopen(f)"}, "Image.open needs formats"),
    (READ, {"substrate__a": "import PIL.Image\nPIL.Image.open(f)"}, "Image.open needs formats"),
    (WRITE, {NUMERICS + "a": "import numpy as np\nnp.load(f)"}, "numerics may not use numpy.load"),
    (WRITE, {NUMERICS + "a": "import sys\nsys.stdout.write(s)"}, "numerics may not use sys.stdout"),
    (WRITE, {NUMERICS + "a": "def f():\n    print(1)"}, "numerics may not use print"),
]


@pytest.mark.parametrize(
    "rule, texts, words", PLANTED, ids=lambda x: x if isinstance(x, str) else ""
)
def test_what_breaks_a_rule_is_told_in_its_words(rule, texts, words):
    broken = rule(planted(**texts))
    assert len(broken) == 1 and words in broken[0], broken


@pytest.mark.parametrize(
    "rule, texts",
    [
        (UP, {"substrate__exhibits__a": TYPES + "import plotly"}),
        (UP, {"substrate__runs": "from substrate.store import Store"}),
        (ORDER, {NUMERICS + "detector": "from substrate.numerics.spectra import centred"}),
        (
            MEET,
            {
                "substrate__ui__units__a": "import substrate.ui.shared.b",
                "substrate__ui__shared__b": "",
            },
        ),
        (READ, {"substrate__a": "from PIL import Image\nImage.open(f, formats=('PNG',))"}),
        (READ, {"substrate__a": "import numpy as np\nnp.load(f, allow_pickle=False)\nopen(f)"}),
    ],
)
def test_what_keeps_to_a_rule_passes(rule, texts):
    assert rule(planted(**texts)) == []


def test_a_circle_is_found_through_functions_and_inside_a_part():
    tree = planted(
        substrate__analyses__spec="def f():\n    from substrate.analyses.units.place import read",
        substrate__analyses__units__place="from substrate.analyses.middle import g",
        substrate__analyses__middle="from substrate.analyses import spec",
        substrate__analyses__alone="from substrate.analyses import spec",
    )
    names = ["middle", "spec", "units.place"]
    assert circles(tree) == [[f"substrate.analyses.{name}" for name in names]]


def test_an_arrow_that_nothing_uses_is_told():
    told = rules.unused_permissions(planted(substrate__runs="from substrate.store import Store"))
    assert "runs does not import wording" in told and "app does not import ui" in told
    assert "runs does not import store" not in told
    assert "timm" in str(told) and "exhibits/lens does not import analyses/sharedness" in told


def test_no_folder_holds_more_than_twenty_files():
    """A folder past twenty files wants to be split."""
    folders = {path.parent for top in EVERYTHING for path in (ROOT / top).rglob("*.py")}
    assert [f.name for f in folders if len(list(f.glob("*.py"))) > 20] == []


def test_the_server_never_loads_torch():
    """Importing the app's parts leaves torch and timm out of the process."""
    code = """
import sys, runpy, warnings
warnings.simplefilter("ignore")
import logging; logging.disable(logging.CRITICAL)
from pathlib import Path
import importlib
for path in sorted(Path("substrate/ui").rglob("*.py")):
    importlib.import_module(".".join(path.with_suffix("").parts))
for path in [Path("app.py"), *sorted(Path("pages").glob("*.py"))]:
    source = compile(path.read_text(), str(path), "exec")
    import ast
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            exec(compile(ast.Module([node], []), str(path), "exec"), {})
loaded = {"torch", "timm", "torchvision", "umap"} & set(sys.modules)
assert not loaded, loaded
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
