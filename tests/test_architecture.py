"""The import rules of docs/architecture: each part may import only what lies below it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

LEAVES = {
    "representation",
    "store",
    "numerics",
    "encoder_pool",
    "memory",
    "worker_client",
    "wording",
    "encoder_ref",
    "shipped",
    "inputs",
}

#: What each part of the package may import, beside itself.
MAY_IMPORT = {
    "app": {"pages", "ui"},
    "pages": {"wording", "ui", "exhibits", "figures", "analyses", "study", "jobs", "runs"},
    "ui": {
        "encoder_ref",
        "exhibits",
        "gallery",
        "notebook",
        "analyses",
        "study",
        "jobs",
        "store",
        "runs",
        "worker_client",
        "worker",
        "catalogue",
        "representation",
        "figures",
        "numerics",
        "domains",
        "claims",
        "inputs",
        "wording",
    },
    "exhibits": {"wording", "figures", "analyses", "claims", "numerics", "domains", "runs"},
    "figures": {"wording", "analyses", "claims"},
    "claims": {"wording", "analyses", "numerics", "runs", "shipped"},
    "analyses": {
        "encoder_ref",
        "wording",
        "numerics",
        "store",
        "runs",
        "representation",
        "domains",
        "shipped",
        "__version__",
    },
    "report": {"wording", "exhibits", "figures", "runs", "store", "__version__"},
    "runs": {"wording", "encoder_ref", "representation", "store"},
    "study": {"inputs"},
    "notebook": {"jobs", "runs", "store"},
    "gallery": {
        "analyses",
        "catalogue",
        "domains",
        "exhibits",
        "figures",
        "paired",
        "progress",
        "representation",
        "runs",
        "shipped",
        "store",
        "study",
        "worker",
    },
    "catalogue": {"domains", "encoders", "shipped", "study"},
    "pipeline": {
        "encoder_ref",
        "inputs",
        "encoder_pool",
        "study",
        "extraction",
        "analyses",
        "store",
        "domains",
        "encoders",
        "progress",
        "numerics",
        "housekeeping",
        "memory",
        "representation",
        "runs",
        "__version__",
    },
    "progress": {"jobs", "store"},
    "jobs": {"inputs", "shipped", "study", "store"},
    "housekeeping": {"store"},
    "extraction": {"encoders", "domains", "store"},
    "encoders": {"encoder_ref", "inputs", "shipped", "store"},
    "domains": {"wording", "inputs", "store"},
    "worker": {
        "encoder_ref",
        "inputs",
        "study",
        "analyses",
        "runs",
        "store",
        "extraction",
        "encoders",
        "domains",
        "paired",
        "representation",
    },
    "files": {"numerics", "wording"},
    "paired": {
        "analyses",
        "domains",
        "encoder_ref",
        "encoders",
        "extraction",
        "numerics",
        "progress",
        "runs",
        "store",
        "wording",
        "worker",
    },
    "zoo": {"encoders", "shipped", "store", "inputs", "__version__", "numerics"},
    "experiments": {
        "encoder_ref",
        "analyses",
        "catalogue",
        "encoders",
        "inputs",
        "paired",
        "pipeline",
        "progress",
        "runs",
        "shipped",
        "store",
        "zoo",
        "__version__",
        "numerics",
    },
    "cli": {"commands"},
    "commands": {
        "analyses",
        "catalogue",
        "claims",
        "exhibits",
        "experiments",
        "figures",
        "files",
        "gallery",
        "jobs",
        "numerics",
        "pipeline",
        "progress",
        "report",
        "inputs",
        "runs",
        "shipped",
        "store",
        "paired",
        "study",
        "zoo",
    },
    "__main__": {"cli"},
    **{leaf: set() for leaf in LEAVES},
}

#: Where each heavy library may be imported.
HOME = {
    "streamlit": {"app", "pages", "ui"},
    "plotly": {"figures", "report"},
    "kaleido": {"figures"},
    "torch": {
        "encoders",
        "extraction",
        "worker",
        "zoo",
        "pipeline",
        "encoder_pool",
        "commands",
        "paired",
    },
    "torchvision": {"encoders", "extraction", "zoo"},
    "timm": {"encoders", "zoo"},
}

#: Libraries that read or write, which numerics may not use.
NOT_IN_NUMERICS = {"pathlib", "logging", "streamlit", "torch", "rich", "typer", "subprocess", "os"}

FILES = [ROOT / "app.py"] + [
    path for folder in ("pages", "substrate") for path in sorted((ROOT / folder).rglob("*.py"))
]


def part(name: str) -> str:
    """Return the part of the project that a dotted name belongs to, or its library."""
    first, *rest = name.split(".")
    return rest[0] if first == "substrate" and rest else first


def here(path: Path) -> str:
    return part(".".join(path.relative_to(ROOT).with_suffix("").parts))


def _type_checking(tree: ast.Module) -> set[ast.AST]:
    return {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and getattr(block.test, "id", "") == "TYPE_CHECKING"
        for node in ast.walk(block)
    }


def imported(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = _type_checking(tree)
    for node in ast.walk(tree):
        if node in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_down(path):
    place = here(path)
    if path == ROOT / "substrate" / "__init__.py":
        return
    for name in imported(path):
        there = part(name)
        library = name.split(".")[0]
        if library in HOME:
            assert place in HOME[library], f"{library} may be imported only by {HOME[library]}"
        elif library in {"app", "pages", "substrate"} and there != place:
            if there == "substrate":
                continue
            assert place in MAY_IMPORT, f"{place} is not in the table of this test"
            assert there in MAY_IMPORT[place], f"{place} may not import {there}"
        if place == "numerics":
            assert library not in NOT_IN_NUMERICS, f"numerics may not import {library}"


#: Layers with a package per question.
LAYERS = ("analyses", "figures", "exhibits", "ui")
#: What may read every question: the ledger of claims, long experiments and the table of all
#: addresses; and what may be read by all: what they share, and that table.
OF_ALL, FOR_ALL = {"claims", "experiments", "declared"}, {"shared", "declared"}


def _question(name: str) -> tuple[str, str] | None:
    """Return the layer and the question whose package a dotted name lies in, if it does."""
    parts = name.split(".")
    if len(parts) < 4 or parts[0] != "substrate" or parts[1] not in LAYERS:
        return None
    return (parts[1], parts[2]) if (ROOT / "substrate" / parts[1] / parts[2]).is_dir() else None


def test_a_question_imports_no_other_question():
    """Each question can be read, changed and taken away alone."""
    crossing = set()
    for path in FILES:
        place = _question(".".join(path.relative_to(ROOT).with_suffix("").parts))
        if place is None or place[1] in OF_ALL:
            continue
        for name in imported(path):
            there = _question(name)
            if there and there[0] == place[0] and there[1] not in {place[1], *FOR_ALL}:
                crossing.add((*place, there[1]))
    assert crossing == set()


def test_no_folder_of_the_package_holds_more_than_twenty_files():
    """A folder past twenty files wants to be split."""
    folders = {path.parent for path in (ROOT / "substrate").rglob("*.py")}
    assert [f.name for f in folders if len(list(f.glob("*.py"))) > 20] == []


def test_numerics_do_not_print():
    for path in FILES:
        if here(path) == "numerics":
            calls = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
            assert not [c for c in calls if getattr(c.func, "id", "") in ("print", "open")], path


def test_images_are_opened_with_an_explicit_list_of_formats():
    """A file's content picks Pillow's decoder, and some decoders start other programs."""
    opened = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Image.open":
                opened.append(path)
                assert "formats" in {keyword.arg for keyword in node.keywords}, path
    assert len(opened) >= 3


def test_no_pickle_is_read():
    for path in FILES:
        names = set(imported(path))
        assert not names & {"pickle", "dill", "joblib", "shelve", "marshal"}, path


def test_locks_are_those_of_filelock():
    """A lock of one system's own would keep the package from the others."""
    for path in FILES:
        assert not {name.split(".")[0] for name in imported(path)} & {"fcntl", "msvcrt"}, path


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
