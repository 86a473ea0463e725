"""What a mutant is: one place of a module's source, changed by one operator."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_COMPARE = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_ARITHMETIC = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_PAIRS = (
    ("nanmin", "nanmax"),
    ("min", "max"),
    ("minimum", "maximum"),
    ("argmin", "argmax"),
    ("any", "all"),
    ("mean", "median"),
    ("nanmean", "nanmedian"),
    ("floor", "ceil"),
    ("union1d", "intersect1d"),
    ("triu_indices", "tril_indices"),
    ("hstack", "vstack"),
)
_TWIN = {a: b for pair in _PAIRS for a, b in (pair, pair[::-1])}
#: Functions that may be left out, so that their first argument stands alone.
_REMOVABLE = {
    "abs",
    "absolute",
    "sqrt",
    "log",
    "log10",
    "exp",
    "square",
    "sorted",
    "reversed",
    "unique",
    "round",
    "nan_to_num",
    "cumsum",
    "arctanh",
    "tanh",
    "sort",
}


@dataclass(frozen=True)
class Mutant:
    """One change: the bytes from ``start`` to ``stop`` of a module's source become ``text``."""

    path: str
    line: int
    operator: str
    start: int
    stop: int
    text: str

    @property
    def key(self) -> str:
        """Name the mutant."""
        return f"{self.path}:{self.start}-{self.stop}:{self.text}"

    def lines(self, source: str) -> range:
        """Return the numbers of the lines that it changes."""
        more = source.encode()[self.start : self.stop].count(b"\n")
        return range(self.line, self.line + more + 1)

    def apply(self, source: str) -> str:
        """Return the module's source with the change."""
        raw = source.encode()
        return (raw[: self.start] + self.text.encode() + raw[self.stop :]).decode()

    def diff(self, source: str) -> str:
        """Return the change as a unified diff without context."""
        before, after = source.splitlines(), self.apply(source).splitlines()
        lines = list(difflib.unified_diff(before, after, self.path, self.path, n=0, lineterm=""))
        return "\n".join(lines[2:])


def mutants(source: str, path: str) -> list[list[Mutant]]:
    """Return every place of a module that can be changed, with the changes that it allows.

    Annotations, decorators, messages of errors, what is imported for types only and versions of
    analyses are left alone: no number follows from them.
    """
    tree = ast.parse(source)
    starts = [0]
    for line in source.encode().split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)
    places = []
    for node, scope in _walk(tree, ()):
        start = starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        stop = starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]
        variants = [
            Mutant(path, node.lineno, name, start, stop, text)  # type: ignore[attr-defined]
            for name, text in _variants(node, scope)
        ]
        if variants:
            places.append(variants)
    return places


def _walk(node: ast.AST, names: tuple[str, ...]) -> Iterator[tuple[ast.AST, tuple[str, ...]]]:
    """Yield what may be changed, each with the names of values in its function."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        names = _local_names(node)
    for field, value in ast.iter_fields(node):
        if field in {"annotation", "returns", "decorator_list", "bases", "type_params"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _left_alone(child):
                if isinstance(child, ast.expr | ast.stmt):
                    yield child, names
                yield from _walk(child, names)


def _left_alone(node: ast.AST) -> bool:
    if isinstance(node, ast.Raise | ast.Import | ast.ImportFrom | ast.JoinedStr | ast.Assert):
        return True
    if isinstance(node, ast.Slice):  # its ends are changed one by one
        return False
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True  # a docstring
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "TYPE_CHECKING"
    return isinstance(node, ast.keyword) and node.arg == "version"


def _local_names(function: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[str, ...]:
    """Return the names of a function's parameters and of what it assigns, in order."""
    found = [a.arg for a in function.args.args if a.arg != "self"]
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.append(node.id)
    return tuple(dict.fromkeys(found))


def _variants(node: ast.AST, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the name of an operator and the text that it puts in the place of a node."""
    for operator in _OPERATORS:
        for text in operator(node):
            yield operator.__name__.strip("_"), text
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Name):
        others = [name for name in names if name != node.value.id]
        if others:
            yield "neighbour_returned", f"return {others[-1]}"


def _comparison(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Compare):
        for index, operator in enumerate(node.ops):
            for other in _COMPARE[type(operator)]:
                ops = [*node.ops[:index], other(), *node.ops[index + 1 :]]
                yield _text(ast.Compare(node.left, ops, node.comparators))


def _arithmetic(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC and not _words(node):
        yield _text(ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right))


def _words(node: ast.BinOp) -> bool:
    """Tell whether an operation is one of strings or of types."""
    return any(
        (isinstance(side, ast.Constant) and not isinstance(side.value, int | float))
        or isinstance(side, ast.JoinedStr | ast.List | ast.Tuple)
        for side in (node.left, node.right)
    )


def _number(node: ast.AST) -> Iterator[str]:
    if not isinstance(node, ast.Constant) or isinstance(node.value, bool):
        return
    if isinstance(node.value, int | float):
        for step in (1, -1):
            yield repr(node.value + step)


def _truth(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield repr(not node.value)
    if isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield _text(ast.BoolOp(other, node.values))


def _sign(node: ast.AST) -> Iterator[str]:
    """Drop ``not`` and minus; a number has its own operator."""
    if isinstance(node, ast.UnaryOp) and not isinstance(node.operand, ast.Constant):
        yield _text(node.operand)


def _condition(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield _text(ast.IfExp(node.test, node.orelse, node.body))
    if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.DictComp | ast.SetComp):
        for part in node.generators:
            if part.ifs:
                kept, part.ifs = part.ifs, []
                text = ast.unparse(node)
                part.ifs = kept
                yield text


def _twin_function(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call):
        name = _called(node)
        if name in _TWIN:
            yield _text(ast.Call(_renamed(node.func, _TWIN[name]), node.args, node.keywords))


def _removed_call(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield "pass"
    if isinstance(node, ast.Call) and node.args and _called(node) in _REMOVABLE:
        yield _text(node.args[0])


def _slice(node: ast.AST) -> Iterator[str]:
    """Move an end of a slice by one; the order of a reversed one is turned."""
    if isinstance(node, ast.Slice):
        if node.step is not None and ast.unparse(node) == "::-1":
            yield ":"
        for end in ("lower", "upper"):
            value = getattr(node, end)
            if value is not None and not isinstance(value, ast.Constant):
                moved = ast.BinOp(value, ast.Add(), ast.Constant(1))
                ends = {"lower": node.lower, "upper": node.upper, end: moved}
                other = ast.Slice(ends["lower"], ends["upper"], node.step)
                yield ast.unparse(ast.fix_missing_locations(other))


def _called(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def _renamed(function: ast.expr, name: str) -> ast.expr:
    if isinstance(function, ast.Attribute):
        return ast.Attribute(function.value, name, ast.Load())
    return ast.Name(name, ast.Load())


def _text(node: ast.expr) -> str:
    """Return the source of an expression, in brackets so that it holds wherever it is put."""
    return f"({ast.unparse(ast.fix_missing_locations(node))})"


_OPERATORS: tuple[Callable[[ast.AST], Iterator[str]], ...] = (
    _comparison,
    _arithmetic,
    _number,
    _truth,
    _sign,
    _condition,
    _twin_function,
    _removed_call,
    _slice,
)
