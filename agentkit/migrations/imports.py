"""Renaming Python modules where they are imported; all other text stays byte for byte.

Names in strings are left alone, and so is a file that does not parse, before or after.
"""

import ast
from collections.abc import Mapping

from agentkit.migrations import python, uses
from agentkit.migrations.python import Edits, Parts, Source
from agentkit.migrations.statements import Statement


def rewrite(names: Mapping[str, str], paths: tuple[str, str], content: bytes) -> bytes:
    """Rename modules in a file that lay at the first path, and lies at the second.

    The same object when nothing is there to rename.
    """
    moved = paths[0] != paths[1] and b"from" in content
    if not moved and not any(old.rpartition(".")[2].encode() in content for old in names):
        return content
    source = python.read(content)
    if source is None:
        return content
    parts = {tuple(old.split(".")): tuple(new.split(".")) for old, new in names.items()}
    old, new = map(python.package, paths)
    try:
        edits = _edits(source, parts, old, new)
        return source.edited(edits) if edits else content
    except python.UNPARSABLE:
        return content


def _edits(source: Source, names: Mapping[Parts, Parts], old: Parts, new: Parts) -> Edits:
    edits = uses.edits(source, names, old)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom):
            edits |= Statement(source, node, old, new).edits(names)
        elif isinstance(node, ast.Import):
            for alias in filter(lambda alias: alias.asname, node.names):
                edits |= _aliased(source, names, alias)
    return edits


def _aliased(source: Source, names: Mapping[Parts, Parts], alias: ast.alias) -> Edits:
    """`import a.b as c`: c stays."""
    name = tuple(alias.name.split("."))
    new = python.renamed(names, name)
    place = source.dotted(source.place(alias)[0], alias.name)
    return {place[0]: (place[1], ".".join(new).encode())} if place and new != name else {}
