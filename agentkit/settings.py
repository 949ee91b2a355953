"""The copier.yml of other people's templates as data: what it would run, and what it would read."""

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from agentkit import bounded
from agentkit.errors import AgentkitError

SUFFIX = re.compile(r"\.ya?ml", re.I)  # what copier takes for its settings, after "copier."
JOINED = ("_exclude", "_jinja_extensions", "_secret_questions", "_skip_if_exists")
MAX_INCLUDES = 200
MAX_NESTED = 10  # includes in each other
COMMANDS = ("_tasks", "_migrations")
CODE = (*COMMANDS, "_jinja_extensions")


def load(root: Path, where: str) -> dict[str, Any]:
    """The settings and questions of the template in `root`, merged as copier merges them.

    Raises AgentkitError when copier.yml is no such file.
    """
    found: list[Any] = []
    for path in sorted(p for p in root.glob("copier.*") if SUFFIX.match(p.suffix) and p.is_file()):
        if not path.resolve().is_relative_to(root.resolve()):
            raise AgentkitError("copier.yml is a link that leads out of the template", where)
        try:
            found += _flat(bounded.load(path.read_bytes(), "", _loader(root.resolve())))
        except AgentkitError as e:
            raise AgentkitError(f"copier.yml {e.what}", where, e.fix) from e
    if not all(isinstance(part, dict) for part in found):
        raise AgentkitError("copier.yml holds no questions and settings", where)
    merged: dict[str, Any] = {}
    for part in found:
        merged |= part
    return merged | {
        name: [*_flat([part[name] for part in found if name in part])]
        for name in JOINED
        if name in merged
    }


def _loader(root: Path) -> Any:
    """A reader of copier.yml that follows its !include tags, and knows no other tag."""
    left, nested = [MAX_INCLUDES], [MAX_NESTED]

    including: Any = type("Including", (bounded.Loader,), {})

    def include(loader: Any, node: yaml.Node) -> list[Any]:
        pattern = str(node.value)
        if PurePosixPath(pattern).is_absolute() or not isinstance(node, yaml.ScalarNode):
            return []  # copier refuses it
        found: list[Any] = []
        nested[0] -= 1
        for path in root.glob(pattern):
            left[0] -= 1
            if min(*left, *nested) < 0:
                raise AgentkitError("includes too many files")
            if path.resolve().is_relative_to(root) and path.is_file():
                found += _flat(bounded.load(path.read_bytes(), "", including))
        nested[0] += 1
        return found

    including.add_constructor("!include", include)
    including.add_multi_constructor("!", lambda loader, suffix, node: None)
    return including


def _flat(value: Any) -> list[Any]:
    """What lists of lists hold, without what is empty."""
    if not isinstance(value, list | tuple):
        return [value] if value else []
    return [item for part in value for item in _flat(part)]


def shown(text: str) -> str:
    """A text of others as one line, in which nothing is hidden from who reads it on a terminal."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def code(settings: Mapping[str, Any], *, update: bool) -> list[str]:
    """The code that rendering would run; an update runs neither tasks nor migrations."""
    return [
        f"{key[1:]}: {command}"
        for key in (CODE[len(COMMANDS) :] if update else CODE)
        for command in _commands(settings.get(key))
    ]


def files(settings: Mapping[str, Any]) -> list[str]:
    """The other files that rendering would read."""
    told = settings.get("_external_data")
    items = told.items() if isinstance(told, dict) else [("", told)] if told else ()
    return [shown(f"external_data: {name}: {path}") for name, path in items]


def commands(settings: Mapping[str, Any], old: str, new: str) -> tuple[str, ...]:
    """The tasks of a template, and its migrations from one version to another."""
    from agentkit import versions

    migrations = settings.get("_migrations")
    due = [
        migration
        for migration in (migrations if isinstance(migrations, list) else [migrations])
        if not (old and isinstance(migration, dict) and "version" in migration)
        or versions.within(str(migration["version"]), old, new)
    ]
    return (*_commands(settings.get("_tasks")), *_commands(due))


def _commands(tasks: Any) -> Iterator[str]:
    """Each command of tasks or migrations, in all the ways that copier lets them be written."""
    for task in tasks if isinstance(tasks, list) else [tasks]:
        if isinstance(task, dict):
            yield from _commands([task.get("command")])
            yield from _commands(task.get("before"))
            yield from _commands(task.get("after"))
        elif task:
            yield shown(shlex.join(map(str, task)) if isinstance(task, list) else str(task))
