"""Reading template/migrations.yml; what is wrong in it is the template author's mistake."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from agentkit import versions
from agentkit.errors import AgentkitError, did_you_mean
from agentkit.migrations import sections
from agentkit.migrations.shapes import Scalar, WrongShape

FILE = "template/migrations.yml"
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DEEPEST = 20  # what is very deep ends the whole process inside libyaml
Names = Mapping[str, str]


@dataclass(frozen=True)
class Migration:
    """What changes for a project that comes to `version`; the keys are the old names."""

    version: str
    why: str
    rename: Names
    map: Mapping[str, Mapping[Scalar, Scalar | None]]
    split: Mapping[str, Mapping[str, Mapping[Scalar, Any]]]
    move: Names
    imports: Names
    keys: Mapping[str, Names]


def load(root: Path) -> tuple[Migration, ...]:
    """The migrations of the template in `root`; raises AgentkitError that names what is wrong."""
    path = root / FILE
    entries = _parsed(path) if path.is_file() else []
    if not isinstance(entries, list):
        raise _mistake("it is no list of migrations")
    found = tuple(_entry(number, raw) for number, raw in enumerate(entries, 1))
    for one, two in pairwise(found):
        if versions.within(one.version, two.version, one.version):
            raise _mistake(f"{two.version} stands after {one.version}: the oldest comes first")
    return found


def _parsed(path: Path) -> Any:
    try:
        text = path.read_text("utf-8")
        _plain(text)
        return yaml.load(text, Loader) or []  # noqa: S506
    except (yaml.YAMLError, ValueError) as e:
        raise _mistake(f"it does not parse: {' '.join(str(e).split())}") from e


def _plain(text: str) -> None:
    """Before the text is loaded: an alias can stand for gigabytes."""
    depth = 0
    for event in yaml.parse(text, Loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST or isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise _mistake(f"line {line} has an alias, or is nested too deeply")


def _entry(number: int, raw: Any) -> Migration:
    name = f"entry {number}"
    if not isinstance(raw, dict):
        raise _mistake(f"{name} is no mapping")
    if isinstance(raw.get("version"), str):
        name += f" ({raw['version']})"
    for key in raw:
        if key not in sections.SHAPES:
            known = sections.SHAPES
            fix = f"{did_you_mean(str(key), known)}known: {', '.join(known)}"
            raise _mistake(f'{name}: "{key}" is unknown', fix)
    try:
        return Migration(**sections.checked(raw))
    except WrongShape as e:
        raise _mistake(f"{name}: {e}") from e


def _mistake(what: str, fix: str = "the author of the template has to correct it") -> AgentkitError:
    return AgentkitError(what, FILE, fix)


def between(migrations: Iterable[Migration], old: str, new: str) -> tuple[Migration, ...]:
    """Those that an update from `old` to `new` makes: after `old`, up to `new`."""
    return tuple(m for m in migrations if versions.within(m.version, old, new))
