"""Python's syntax tree, as far as rules ask it."""

import ast
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

N = TypeVar("N", bound=ast.AST)
LEVELS = ("debug", "info", "warning", "error", "exception", "critical")
LOGGERS = tuple(f"{name}.{level}" for name in ("log", "logger", "logging") for level in LEVELS)

GETENV = ("os.getenv", "os.environ.get", "getenv", "environ.get")


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
    found: dict[Any, list[Any]] | None = getattr(tree, "found", None)
    if found is None:
        found = {}
        for node in ast.walk(tree):
            found.setdefault(node.__class__, []).append(node)
        tree.found = found  # type: ignore[attr-defined]
    return found.get(type, [])


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    """Every call of one of these functions; `*.name` is the method of anything."""
    for node in nodes(tree, ast.Call):
        name = dotted(node.func)
        if name in names or f"*.{name.rpartition('.')[2]}" in names:
            yield node


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


def routes(tree: ast.AST) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, str, str]]:
    """Handlers of FastAPI, Flask and Starlette: the function, its method and its path."""
    methods = ("get", "post", "put", "patch", "delete", "route", "api_route")
    for function in functions(tree):
        for decorator in function.decorator_list:
            if not isinstance(decorator, ast.Call) or not isinstance(decorator.func, ast.Attribute):
                continue
            path = value(decorator.args[0]) if decorator.args else None
            if decorator.func.attr in methods and isinstance(path, str):
                yield function, decorator.func.attr, path
