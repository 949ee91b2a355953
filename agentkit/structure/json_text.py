"""JSON with the places of its values."""

import json
import re
from typing import Any

from agentkit.structure import brackets
from agentkit.structure.tree import Node

INDENT = re.compile(r"^[\[{]\n([ \t]+)")


def parse(text: str) -> Any:
    """The data of `text`; raises ValueError, for a key that stands there twice too."""
    return json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)


def read(text: str) -> Node:
    """The data of `text` with its places; raises ValueError."""
    start = len(text) - len(text.lstrip())
    return brackets.read(text, start, parse(text), brackets.JSON)


def like(theirs: Node, ours: Node) -> Node:
    """`theirs`, indented as `ours` is."""
    was, now = (INDENT.match(str(root)) for root in (theirs, ours))
    if not (was and now) or was[1] == now[1]:
        return theirs
    escaped = theirs.text.isascii()
    return read(json.dumps(theirs.value, indent=now[1], ensure_ascii=escaped))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands there twice")
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
