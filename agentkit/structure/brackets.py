"""Where the values in brackets stand, in text that is known to parse: JSON, and values of TOML."""

import json
import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from agentkit.structure.tree import Entry, Node, Style

BARE = re.compile(r"[\w-]+(?:\.[\w-]+)*")
BASIC = r'"(?:\\.|[^"\\])*"'


@dataclass(frozen=True)
class Grammar:
    """What a language writes between, and instead of, brackets."""

    scalar: re.Pattern[str]
    key: re.Pattern[str]
    gap: re.Pattern[str]
    equals: str
    path: Callable[[str], tuple[str, ...]]  # a key's text -> its parts


def toml_path(text: str) -> tuple[str, ...]:
    """The parts of a TOML key."""
    if BARE.fullmatch(text):
        return tuple(text.split("."))
    names: list[str] = []
    value: Any = tomllib.loads(f"{text} = 0")
    while isinstance(value, dict):
        [(name, value)] = value.items()
        names.append(name)
    return tuple(names)


PART = rf"(?:{BASIC}|'[^']*'|[\w-]+)"
JSON = Grammar(
    scalar=re.compile(rf"{BASIC}|[^\s,\]}}]+"),
    key=re.compile(BASIC),
    gap=re.compile(r"\s*"),
    equals=":",
    path=lambda text: (json.loads(text),),
)
TOML = Grammar(
    scalar=re.compile(
        r'"""(?:\\.|[^\\])*?"{3,5}(?!")'
        rf"|'''.*?'{{3,5}}(?!')|{BASIC}|'[^']*'"
        r"|[^\s,\]}#]+(?: \d\d:\d\d[^\s,\]}#]*)?",
        re.DOTALL,
    ),
    key=re.compile(rf"{PART}(?:[ \t]*\.[ \t]*{PART})*"),
    gap=re.compile(r"(?:\s|#.*+)*+"),
    equals="=",
    path=toml_path,
)


def read(text: str, start: int, value: Any, grammar: Grammar) -> Node:
    """The value that begins at `start` and was parsed as `value`."""
    if text[start] not in "[{":
        return Node(text, start, _match(grammar.scalar, text, start), value)
    entries: list[Entry] = []
    at = _match(grammar.gap, text, start + 1)
    while text[at] not in "]}":
        entry = _entry(text, at, value, grammar, len(entries))
        entries.append(entry)
        at = _match(grammar.gap, text, entry.node.end)
        if text[at] == ",":
            at = _match(grammar.gap, text, at + 1)
    if any(isinstance(entry.name, tuple) for entry in entries):
        return Node(text, start, at + 1, value)
    return Node(text, start, at + 1, value, Style.BRACKETS, tuple(entries))


def _entry(text: str, start: int, value: Any, grammar: Grammar, place: int) -> Entry:
    if isinstance(value, list):
        return Entry(place, start, start, read(text, start, value[place], grammar))
    key_end = _match(grammar.key, text, start)
    path = grammar.path(text[start:key_end])
    at = _match(grammar.gap, text, key_end) + len(grammar.equals)
    node = read(text, _match(grammar.gap, text, at), inside(value, path), grammar)
    return Entry(path[0] if len(path) == 1 else path, start, key_end, node)


def inside(value: Any, path: Iterable[Any]) -> Any:
    """What stands at `path` of `value`; raises LookupError."""
    for key in path:
        if not isinstance(value, list if isinstance(key, int) else dict):
            raise KeyError(key)
        value = value[key]
    return value


def _match(pattern: re.Pattern[str], text: str, start: int) -> int:
    """Where what `pattern` finds at `start` ends."""
    found = pattern.match(text, start)
    if found is None:
        raise ValueError(f"not understood at {start}")
    return found.end()
