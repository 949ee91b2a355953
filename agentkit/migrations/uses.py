"""Editing `import a.b` together with every a.b in the code, and attributes of imported modules."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from agentkit.migrations import scopes
from agentkit.migrations.python import Edits, Parts, Place, Source, absolute, renamed, respelled
from agentkit.migrations.scopes import Imported, Scope, Use

Names = Mapping[Parts, Parts]


@dataclass(frozen=True)
class Bound:
    """A name that only imports bind, and where it is used."""

    name: str
    imports: tuple[Imported, ...]
    uses: tuple[Use, ...]

    @property
    def plain(self) -> bool:
        """Is it `import a.b`, which binds a?"""
        return all(_plain(imported) for imported in self.imports)


def edits(source: Source, names: Names, package: Parts) -> Edits:
    """What changes when these modules are renamed; `package` is that of the file."""
    found = scopes.read(source.tree)
    changes: Edits = {}
    for bound in _bound(found):
        if bound.plain:
            changes |= _imported(source, names, bound, found)
        else:
            changes |= _followed(source, names, bound, package)
    return changes


def _plain(imported: Imported) -> bool:
    alias, statement = imported
    return isinstance(statement, ast.Import) and not alias.asname


def _bound(found: list[Scope]) -> Iterator[Bound]:
    uses: dict[tuple[Scope, str], list[Use]] = {}
    for scope in found:
        for use in scope.uses:
            if owner := scope.owner(use.name.id):
                uses.setdefault((owner, use.name.id), []).append(use)
    for scope in found:
        for name, bindings in scope.bound.items():
            imports = tuple(b for b in bindings if b)
            if len(imports) == len(bindings):
                yield Bound(name, imports, tuple(uses.get((scope, name), ())))


def _imported(source: Source, names: Names, bound: Bound, found: list[Scope]) -> Edits:
    """All of `import a.b` and its uses, or nothing: one without the other does not run."""
    changes: Edits = {}
    roots = set()
    for alias, _ in bound.imports:
        old = tuple(alias.name.split("."))
        new = renamed(names, old)
        roots.add(new[0])
        place = source.dotted(source.place(alias)[0], alias.name)
        if not place:
            return {}
        if new != old:
            changes[place[0]] = (place[1], ".".join(new).encode())
    for use in bound.uses:
        old = (bound.name, *(a.attr for a in use.attributes))
        new = renamed(names, old)
        change = respelled(source, _places(source, use), old, new) if new != old else {}
        if change is None or new[0] not in roots:
            return {}
        changes |= change
    return {} if _clash(roots - {bound.name}, found) else changes


def _clash(names: set[str], found: list[Scope]) -> bool:
    bindings = [b for scope in found for name in names for b in scope.bound.get(name, ())]
    return any(binding is None or not _plain(binding) for binding in bindings)


def _followed(source: Source, names: Names, bound: Bound, package: Parts) -> Edits:
    """In `from a import b`, b.c is the module a.b.c, which may be renamed too."""
    modules = {_module(imported, package) for imported in bound.imports}
    module = modules.pop()
    changes: Edits = {}
    if module is None or modules:
        return changes
    top = renamed(names, module)
    for use in bound.uses:
        attributes = tuple(a.attr for a in use.attributes)
        new = renamed(names, module + attributes)
        if new[: len(top)] == top and new[len(top) :] and new[len(top) :] != attributes:
            old, wanted = (bound.name, *attributes), (bound.name, *new[len(top) :])
            changes |= respelled(source, _places(source, use), old, wanted) or {}
    return changes


def _module(imported: Imported, package: Parts) -> Parts | None:
    alias, statement = imported
    name = tuple(alias.name.split("."))
    if isinstance(statement, ast.Import):
        return name
    base = absolute(statement, package)
    return None if base is None else base + name


def _places(source: Source, use: Use) -> list[Place]:
    """Where each word of a use stands."""
    ends = ((source.place(a)[1], len(a.attr.encode())) for a in use.attributes)
    return [source.place(use.name), *((end - length, end) for end, length in ends)]
