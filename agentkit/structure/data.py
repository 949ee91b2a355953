"""Three versions of parsed data -> one, or Conflict."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from agentkit.structure import identity

ABSENT = object()
L = TypeVar("L", bound=Hashable)
# Lists in which a place means something, besides those that mix options with values.
POSITIONAL = {"args", "cmd", "command", "entrypoint"}


class Conflict(ValueError):
    """Both sides changed the same thing, or it cannot be told whether they did."""


def merge(base: Any, ours: Any, theirs: Any, key: Any = "") -> Any:
    """What both sides made of `base`, the value of `key`; raises Conflict."""
    if same(ours, theirs) or same(base, theirs):
        return ours
    if same(base, ours):
        return theirs
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return _mappings(base if isinstance(base, dict) else {}, ours, theirs)
    if all(isinstance(side, list) for side in (base, ours, theirs)):
        return _lists(base, ours, theirs, key)
    raise Conflict(f"{key}: changed on both sides")


def same(one: Any, other: Any) -> bool:
    """Equal in type too: 1, 1.0 and True differ."""
    return identity.frozen(one) == identity.frozen(other)


def place(lead: Sequence[L], other: Sequence[L], wanted: Iterable[L]) -> list[L]:
    """The order of `lead`, with what only `other` has behind what precedes it there.

    What both sides have put into the same place stays in alphabetical order, if both sides are in
    it, and else is in the order lead, other.
    """
    known, there, here = set(wanted), set(other), set(lead)
    new: dict[L | None, list[L]] = {None: []}
    after = None
    for label in other:
        if label in known and label in here:
            after = label
        elif label in known:
            new.setdefault(after, []).append(label)
    alphabetical = _rising(lead) and _rising(other)
    order, waiting = list[L](), new[None]
    for label in lead:
        if label in known:
            early = [n for n in waiting if label in there or (alphabetical and str(n) < str(label))]
            order += [*early, label]
            waiting = new.get(label, []) if label in there else waiting[len(early) :]
    return [*order, *waiting]


def _rising(labels: Sequence[Hashable]) -> bool:
    return list(labels) == sorted(labels, key=str)


def _mappings(base: Mapping[Any, Any], ours: Mapping[Any, Any], theirs: Mapping[Any, Any]) -> Any:
    merged = {}
    for key in [*ours, *(k for k in theirs if k not in ours)]:
        was, here, there = (side.get(key, ABSENT) for side in (base, ours, theirs))
        if (value := merge(was, here, there, key)) is not ABSENT:
            merged[key] = value
    return merged


def _lists(base: list[Any], ours: list[Any], theirs: list[Any], key: Any) -> list[Any]:
    labels = identity.labels(base, ours, theirs)
    if labels is None:
        raise Conflict(f"{key}: its items cannot be told apart")
    b, o, t = labels
    _replacements(b, o, t, key)
    if key in POSITIONAL or _mixes_options(ours, theirs):
        _same_places(b, o, t, key)
    items = [dict(zip(*pair, strict=True)) for pair in ((b, base), (o, ours), (t, theirs))]
    merged = _mappings(*items)
    lead, other = _lead(b, o, t, key)
    return [merged[label] for label in place(lead, other, merged)]


def _lead(b: list[L], o: list[L], t: list[L], key: Any) -> tuple[list[L], list[L]]:
    """The side whose order counts, and the other: whoever moved an item leads."""
    common = set(b) & set(o) & set(t)
    was, here, there = ([label for label in side if label in common] for side in (b, o, t))
    if there in (was, here):
        return o, t
    if here == was:
        return t, o
    raise Conflict(f"{key}: moved on both sides")


def _replacements(b: list[L], o: list[L], t: list[L], key: Any) -> None:
    """An item that both sides dropped must have been replaced by the same."""
    here, there = _successors(b, o), _successors(b, t)
    if any(here[label] != there[label] for label in here.keys() & there.keys()):
        raise Conflict(f"{key}: both sides replaced the same item")


def _successors(base: list[L], side: list[L]) -> dict[L, list[L]]:
    """For each item that `side` dropped, what it put in its place."""
    kept = set(side)
    found: dict[L, list[L]] = {label: [] for label in base if label not in kept}
    for after, run, before in _runs(base, side):
        found |= {label: run for label in base[after + 1 : before] if label in found}
    return found


def _same_places(b: list[L], o: list[L], t: list[L], key: Any) -> None:
    """Where order has a meaning, both sides may not add to one place, nor add the same."""
    added = [{after: run for after, run, _ in _runs(b, side) if run} for side in (o, t)]
    both = (set(o) & set(t)) - set(b)
    if both or added[0].keys() & added[1].keys():
        raise Conflict(f"{key}: both sides added to it")


def _runs(base: list[L], side: list[L]) -> list[tuple[int, list[L], int]]:
    """What `side` added, as runs between the places in `base` of what stands around them."""
    where = {label: place for place, label in enumerate(base)}
    runs: list[tuple[int, list[L], int]] = []
    after, run = -1, list[L]()
    for label in side:
        if label in where:
            runs.append((after, run, where[label]))
            after, run = where[label], []
        else:
            run.append(label)
    return [*runs, (after, run, len(base))]


def _mixes_options(*sides: list[Any]) -> bool:
    """A command's words, such as `--port 80`: not a set of flags."""
    starts = {item.startswith("-") for side in sides for item in side if isinstance(item, str)}
    return len(starts) == 2
