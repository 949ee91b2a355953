"""Which item of one list is which of another."""

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

FIELDS = ("name", "id", "key", "repo", "uses", "path", "module")  # what items are called by
STEPS = (*FIELDS, "run")
NAME = r"(?P<name>[A-Za-z0-9][\w.-]*|--?[\w-]+)"
# A requirement, NAME=value, --option=value, package@1: it has a name, and says something of it.
NAMED = re.compile(NAME + r"(?P<says>\s*(?:\[[^\]]*\])?\s*(?:[<>=!~;(]|@(?=[\s\d^~v])))?")
Label = tuple[str, str]


def frozen(value: Any) -> Hashable:
    """Something that is equal for equal values of equal types, and can be a key."""
    if isinstance(value, dict):
        return "dict", frozenset((frozen(k), frozen(v)) for k, v in value.items())
    if isinstance(value, list):
        return "list", tuple(frozen(item) for item in value)
    return type(value).__name__, repr(value)


def labels(*lists: list[Any]) -> list[list[Label]] | None:
    """A label for each item of each list, by which it is known in the others; None: there is none.

    No list has a label twice.
    """
    for label in _ways(lists):
        found = [[label(item) for item in items] for items in lists]
        if all(None not in items and len(set(items)) == len(items) for items in found):
            return found
    return None


def known(*lists: list[Any]) -> Sequence[list[Hashable]]:
    """A label for each item of any lists; at the worst, equal items are counted."""
    found = labels(*lists)
    if found is not None:
        return [list(items) for items in found]
    return [list(_counted([frozen(item) for item in items])) for items in lists]


def _counted(items: list[Hashable]) -> list[tuple[Hashable, int]]:
    seen: Counter[Hashable] = Counter()
    counted = []
    for item in items:
        counted.append((item, seen[item]))
        seen[item] += 1
    return counted


def _ways(lists: tuple[list[Any], ...]) -> Iterator[Any]:
    """The ways to label these items, the most telling first."""
    everything = [item for items in lists for item in items]
    if everything and all(isinstance(item, dict) for item in everything):
        for field in FIELDS:
            yield lambda item, field=field: _field(item, (field,))
    if any(isinstance(i, str) and (m := NAMED.match(i)) and m["says"] for i in everything):
        yield lambda item: _named(item) if isinstance(item, str) else _any(item)
    yield _any


def _any(item: Any) -> Label | None:
    if isinstance(item, dict):
        return _field(item, STEPS) or _only_key(item)
    if isinstance(item, list):
        return None
    return type(item).__name__, repr(item)


def _field(item: dict[str, Any], fields: tuple[str, ...]) -> Label | None:
    for field in fields:
        if field in item:
            value = item[field]
            if field == "uses" and isinstance(value, str):
                value = value.partition("@")[0]  # a step stays itself in another version
            return field, repr(value)
    return None


def _only_key(item: dict[Any, Any]) -> Label | None:
    """`{pip: [...]}`, `{include-group = "test"}`."""
    if len(item) != 1:
        return None
    [(key, value)] = item.items()
    return repr(key), "" if isinstance(value, dict | list) else repr(value)


def _named(item: str) -> Label:
    """By the name of a distribution, as indexes compare it."""
    match = NAMED.match(item)
    if match is None or not (match["says"] or match.end() == len(item.rstrip())):
        return "str", repr(item)
    return "named", re.sub(r"[-_.]+", "-", match["name"]).lower()
