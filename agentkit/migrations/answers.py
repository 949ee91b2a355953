"""The answers of a project, as the new version's questions want them."""

from collections.abc import Iterable, Mapping
from typing import Any

from agentkit.migrations.declared import Migration

Found = tuple[dict[str, Any], list[str]]  # the answers, and what is to be said
NONE = object()


def migrate_answers(
    migrations: Iterable[Migration], recorded: Mapping[str, Any]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The answers after these migrations, and one note on each change."""
    answers = dict(recorded)
    notes: list[str] = []
    for migration in migrations:
        answers, more = _migrated(migration, answers)
        notes += more
    return answers, tuple(notes)


def _migrated(migration: Migration, recorded: Mapping[str, Any]) -> Found:
    gone = {*migration.rename, *migration.split}
    taken = {name for name in recorded if name not in gone}
    answers: dict[str, Any] = {}
    notes: list[str] = []
    for name, value in recorded.items():
        found, said = _successors(migration, name, value)
        free = {new: a for new, a in found.items() if new == name or new not in {*taken, *answers}}
        lost = [new for new in found if new not in free]
        became = [_told(migration, name, free)] if name in gone and free else []
        notes += [*said, *became, *(f"{name} is dropped: {new} has an answer" for new in lost)]
        answers |= free
    return answers, notes


def _successors(migration: Migration, name: str, value: Any) -> Found:
    """What one answer becomes: none, one or several."""
    if name in migration.split:
        return _split(migration.split[name], name, value)
    notes: list[str] = []
    if name in migration.map:
        value, notes = _mapped(migration.map[name], name, value)
    return {} if value is NONE else {migration.rename.get(name, name): value}, notes


def _told(migration: Migration, name: str, found: Mapping[str, Any]) -> str:
    if name in migration.rename:
        return f"{name} is now {', '.join(found)}"
    return f"{name} is now {', '.join(f'{new} ({_shown(a)})' for new, a in found.items())}"


def _mapped(values: Mapping[Any, Any], name: str, value: Any) -> tuple[Any, list[str]]:
    items = value if isinstance(value, list) else [value]
    notes: list[str] = []
    kept = []
    for item in items:
        new = _found(values, item)
        if new is not NONE and not _same(new, item):
            became = "gone" if new is None else f"now {_shown(new)}"
            notes.append(f"{name}: {_shown(item)} is {became}")
        kept.append(item if new is NONE else new)
    if not notes:
        return value, []
    if isinstance(value, list):
        return _once(item for item in kept if item is not None), notes
    return NONE if kept == [None] else kept[0], notes


def _split(questions: Mapping[str, Mapping[Any, Any]], name: str, value: Any) -> Found:
    items = value if isinstance(value, list) else [value]
    answers: dict[str, Any] = {}
    for question, values in questions.items():
        hits = [hit for hit in (_found(values, item) for item in items) if hit not in (NONE, None)]
        if any(isinstance(hit, tuple) for hit in hits):
            answers[question] = _once(i for hit in hits if isinstance(hit, tuple) for i in hit)
        elif hits:  # of several single values the first one counts
            answers[question] = hits[0]
    lost = [i for i in items if all(_found(v, i) is NONE for v in questions.values())]
    return answers, [f"{name}: {_shown(item)} has no successor" for item in lost]


def _found(values: Mapping[Any, Any], value: Any) -> Any:
    """What `value` maps to; true is no 1, as it is for a dict."""
    return next((new for old, new in values.items() if _same(old, value)), NONE)


def _same(one: Any, two: Any) -> bool:
    return type(one) is type(two) and bool(one == two)


def _once(items: Iterable[Any]) -> list[Any]:
    kept: list[Any] = []
    for item in items:
        if not any(_same(item, other) for other in kept):
            kept.append(item)
    return kept


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
