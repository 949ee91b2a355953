"""Which imported name a name in Python code means: the scopes of a module, read from its tree."""

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

Imported = tuple[ast.alias, ast.Import | ast.ImportFrom]
Binding = Imported | None  # an import, or anything else


@dataclass(frozen=True, eq=False)
class Use:
    """A name and the attributes that follow it: a.b.c."""

    name: ast.Name
    attributes: tuple[ast.Attribute, ...]


@dataclass(frozen=True, eq=False)
class Scope:
    """What one module, class, function or comprehension binds, and the names that it uses."""

    kind: str
    above: "Scope | None"
    bound: dict[str, list[Binding]] = field(default_factory=dict)
    uses: list[Use] = field(default_factory=list)

    def bind(self, name: str, to: Binding = None) -> None:
        self.bound.setdefault(name, []).append(to)

    def owner(self, name: str) -> "Scope | None":
        """The scope whose binding `name` means in here; None for a builtin."""
        scope: Scope | None = self
        while scope and (name not in scope.bound or (scope.kind == "class" and scope is not self)):
            scope = scope.above
        return scope


def read(tree: ast.Module) -> list[Scope]:
    """All scopes of a module; the module itself comes first."""
    reader = _Reader()
    reader.visit(tree)
    for name in reader.moved:  # `global` and `nonlocal` bind elsewhere: too clever to follow
        for scope in reader.scopes:
            scope.bind(name)
    return reader.scopes


class _Reader(ast.NodeVisitor):
    def __init__(self) -> None:
        self.scopes = [Scope("module", None)]
        self.scope = self.scopes[0]
        self.moved: list[str] = []

    @contextmanager
    def inside(self, kind: str) -> Iterator[None]:
        above = self.scope
        self.scope = Scope(kind, above)
        self.scopes.append(self.scope)
        yield
        self.scope = above

    def visit_all(self, nodes: Sequence[ast.AST | None]) -> None:
        for node in filter(None, nodes):
            self.visit(node)

    def use(self, name: ast.Name, *attributes: ast.Attribute) -> None:
        scope = self.scope
        while scope.kind == "class" and scope.above:
            if scope is self.scope and name.id in scope.bound:
                break
            scope = scope.above  # in `x = x.y` the second one is not the class's
        scope.uses.append(Use(name, attributes))

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.use(node)
        else:
            self.scope.bind(node.id)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit_all([node.value, *node.targets])

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit_all([node.annotation, node.value, node.target])

    def visit_Attribute(self, node: ast.Attribute) -> None:
        attributes, value = [node], node.value
        while isinstance(value, ast.Attribute):
            attributes.append(value)
            value = value.value
        if isinstance(value, ast.Name):
            self.use(value, *reversed(attributes))
        else:
            self.visit(value)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.scope.bind(alias.asname or alias.name.partition(".")[0], (alias, node))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            self.scope.bind(alias.asname or alias.name, (alias, node))

    def visit_Global(self, node: ast.Global | ast.Nonlocal) -> None:
        self.moved += node.names

    visit_Nonlocal = visit_Global

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self.named(node, node.name)

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        self.named(node, node.name)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.named(node, node.rest)

    def named(self, node: ast.AST, name: str | None) -> None:
        if name:
            self.scope.bind(name)
        self.generic_visit(node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        scope = self.scope
        while scope.kind == "comprehension" and scope.above:
            scope = scope.above
        scope.bind(node.target.id)
        self.visit(node.value)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.scope.bind(node.name)
        self.visit_all([*node.decorator_list, *node.bases, *node.keywords])
        with self.inside("class"):
            self.visit_all([*getattr(node, "type_params", ()), *node.body])

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.scope.bind(node.name)
        self.visit_all([*node.decorator_list, node.returns])
        self.function(node.args, [*getattr(node, "type_params", ()), *node.body])

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.function(node.args, [node.body])

    def function(self, args: ast.arguments, body: Sequence[ast.AST]) -> None:
        every = [*args.posonlyargs, *args.args, *args.kwonlyargs]
        every += [arg for arg in (args.vararg, args.kwarg) if arg]
        self.visit_all([*args.defaults, *args.kw_defaults, *(arg.annotation for arg in every)])
        with self.inside("function"):
            for arg in every:
                self.scope.bind(arg.arg)
            self.visit_all(body)

    def comprehension(self, node: Any) -> None:
        first, *others = node.generators
        self.visit(first.iter)
        with self.inside("comprehension"):
            self.visit_all([first.target, *first.ifs, *others])
            self.visit_all([getattr(node, name, None) for name in ("elt", "key", "value")])

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = comprehension
