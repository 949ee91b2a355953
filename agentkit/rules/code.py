"""Python's syntax tree, as far as rules ask it."""

import ast
import gc
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from agentkit.rules.view import View

N = TypeVar("N", bound=ast.AST)
T = TypeVar("T")
LEVELS = ("debug", "info", "warning", "error", "exception", "critical")
LOGGERS = tuple(f"{name}.{level}" for name in ("log", "logger", "logging") for level in LEVELS)

ATOMS = {"ctx", "id", "attr", "arg", "kind", "type_comment", "module", "asname", "conversion"}
# What may hold other nodes, of each kind of node.
FIELDS = {
    kind: tuple(field for field in kind._fields if field not in ATOMS)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
METHODS = ("get", "post", "put", "patch", "delete", "route", "api_route")
ROUTE = re.compile(rf"@.*\.\s*({'|'.join(METHODS)})\b")
GETENV = ("os.getenv", "os.environ.get", "getenv", "environ.get")


def uncollected(work: Callable[[], T]) -> T:
    """Do the work without the garbage collector: it would walk all trees for each new one."""
    before = gc.isenabled()
    gc.disable()
    try:
        return work()
    finally:
        if before:
            gc.enable()


def dotted(node: ast.AST) -> str:
    """`a.b.c` of names and attributes; what is called or indexed before them is `(...)`."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value) or '(...)'}.{node.attr}"
    return ""


def nodes(tree: ast.AST, type: type[N]) -> list[N]:
    """Every node of a type. A module is walked once, whatever is asked of it."""
    if not isinstance(tree, ast.Module):
        return [node for node in ast.walk(tree) if isinstance(node, type)]
    return _kept(tree, "by_type", lambda: _by_type(tree)).get(type, [])


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    """Every call of one of these functions; `*.name` is the method of anything."""
    made = nodes(tree, ast.Call)
    if not isinstance(tree, ast.Module):
        yield from (node for node in made if not {*_called(node)}.isdisjoint(names))
        return
    found = _kept(tree, "by_name", lambda: _by_name(made))
    yield from {id(node): node for name in names for node in found.get(name, ())}.values()


def _called(node: ast.Call) -> tuple[str, str]:
    name = dotted(node.func)
    return name, f"*.{name.rpartition('.')[2]}"


def _by_name(calls: Iterable[ast.Call]) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = {}
    for call in calls:
        for name in _called(call):
            found.setdefault(name, []).append(call)
    return found


def _kept(
    tree: ast.Module, name: str, make: Callable[[], dict[Any, list[Any]]]
) -> dict[Any, list[Any]]:
    """What is kept with a module: several rules ask, and it is looked through once."""
    found: dict[Any, list[Any]] | None = getattr(tree, name, None)
    if found is None:
        found = make()
        setattr(tree, name, found)
    return found


def _by_type(tree: ast.Module) -> dict[Any, list[Any]]:
    """Every node but those that only say load or store: ast.walk, in a quarter of its time."""
    found: dict[Any, list[Any]] = {}
    todo: list[Any] = [tree]
    while todo:
        node = todo.pop()
        fields = FIELDS.get(node.__class__)
        if fields is None:  # a text or a number
            continue
        found.setdefault(node.__class__, []).append(node)
        for field in fields:
            if inner := getattr(node, field, None):
                if inner.__class__ is list:
                    todo += inner
                else:
                    todo.append(inner)
    return found


def names_in(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Names, attributes and keys whose value is told: not of what is only passed to a call."""
    for node in nodes:
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Subscript):
            yield from names_in([node.value])
            yield str(value(node.slice) or "")
        elif isinstance(node, ast.FormattedValue | ast.Starred):
            yield from names_in([node.value])
        elif isinstance(node, ast.Call) and dotted(node.func) in GETENV:
            yield from (str(value(argument)) for argument in node.args[:1])
        elif isinstance(node, ast.JoinedStr | ast.BinOp | ast.Tuple):
            yield from names_in(ast.iter_child_nodes(node))


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The value of an argument that is given by name."""
    return next((k.value for k in call.keywords if k.arg == name), None)


def value(node: ast.AST | None) -> Any:
    """What a constant is; None for anything else."""
    return node.value if isinstance(node, ast.Constant) else None


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full name of everything imported."""
    for node in nodes(tree, ast.Import):
        for alias in node.names:
            yield node.lineno, alias.name
    for origin in nodes(tree, ast.ImportFrom):
        for alias in origin.names:
            yield origin.lineno, f"{origin.module or ''}.{alias.name}"


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function, methods too."""
    yield from nodes(tree, ast.FunctionDef)
    yield from nodes(tree, ast.AsyncFunctionDef)


def routed(view: View) -> list[str]:
    """The Python files that may have routes; the others need not be parsed for them."""
    return view.once("routed", lambda: [p for p in view.sources if ROUTE.search(view.text(p))])


def routes(tree: ast.AST) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, str, str]]:
    """Handlers of FastAPI, Flask and Starlette: the function, its method and its path."""
    for function in functions(tree):
        for decorator in function.decorator_list:
            if not isinstance(decorator, ast.Call) or not isinstance(decorator.func, ast.Attribute):
                continue
            path = value(decorator.args[0]) if decorator.args else None
            if decorator.func.attr in METHODS and isinstance(path, str):
                yield function, decorator.func.attr, path
