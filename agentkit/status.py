"""`agentkit status`: where a project stands, read without changing anything."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agentkit import carry, drift, journal, orgpin, parts, project, recorded, releases, source
from agentkit.drift import Entry
from agentkit.errors import AgentkitError
from agentkit.names import ANSWERS_FILE
from agentkit.objects import quarantine
from agentkit.project import Project

HALF = "half-written"


@dataclass(frozen=True)
class Unfinished:
    """An update that is not over."""

    state: str  # half-written, conflicts or resolved
    label: str
    conflicts: tuple[str, ...]
    fix: str


@dataclass(frozen=True)
class Files:
    """What became of the template's files."""

    entries: tuple[Entry, ...]
    others: int  # that the template did not write
    pending: Mapping[str, tuple[Any, Any]]  # answers edited by hand since


@dataclass(frozen=True)
class Status:
    """Where a project stands."""

    project: Project
    newest: str = ""  # empty: not known, or there are no versions
    behind: int | None = None  # so many releases
    unfinished: Unfinished | None = None
    parts: Mapping[str, list[str]] = field(default_factory=dict)
    answers: Mapping[str, Any] = field(default_factory=dict)  # an organisation's questions too
    files: Files | None = None
    problems: tuple[str, ...] = ()


def examine(
    path: Path, answers_file: str = ANSWERS_FILE, *, check: bool = False, trust: bool = False
) -> Status:
    """Look at a project; only with `check` over the network too.

    What cannot be told becomes a problem; raises AgentkitError when there is no project.
    """
    found = project.find(path, answers_file, linked=False)
    unfinished = _unfinished(found)
    if unfinished and unfinished.state == HALF:  # its files belong to no version
        return Status(found, unfinished=unfinished, answers=found.answers)
    found = project.find(path, answers_file)
    problems: list[str] = []
    newest, behind, files = "", None, None
    chosen: dict[str, list[str]] = {}
    told = found.answers
    try:
        told |= orgpin.answers(found.path)
        released = releases.of(found.source, network=check)
        newest = released[-1] if released else ""
        behind = releases.behind(found.version, released)
        files, notes = _files(found, trust=trust)
        problems += notes
        chosen = _parts(found)
    except AgentkitError as e:
        problems.append(str(e))
    return Status(found, newest, behind, unfinished, chosen, told, files, tuple(problems))


def _files(found: Project, *, trust: bool) -> tuple[Files, tuple[str, ...]]:
    with (
        quarantine(found.top, found.git_dir) as objects,
        recorded.made(found, objects.scratch, trust=trust) as made,
    ):
        seen = drift.compare(objects, found, made)
        seen = drift.of_its_time(objects, found, seen, seen.entries)
    pending = carry.changed(made.answers, found.answers)
    if made.laid.layer:
        pending |= carry.changed(made.laid.answers, orgpin.answers(found.path))
    files = Files(seen.entries, seen.others, pending)
    return files, made.notes


def _parts(found: Project) -> dict[str, list[str]]:
    if found.source != source.BUILTIN:
        return {}
    catalog = parts.catalog(found)
    return {
        kind: [part.name for part in catalog.parts if part.kind == kind and part.chosen]
        for kind in catalog.kinds
    }


def _unfinished(found: Project) -> Unfinished | None:
    entry = journal.load(found.git_dir)
    if entry is None:
        return None
    if entry.half:
        fix = "agentkit update --continue finishes it, agentkit update --abort undoes it"
        return Unfinished(HALF, entry.label, tuple(entry.conflicts), fix)
    from agentkit import recovery  # with all that writes

    if left := recovery.unresolved(found, entry):
        return Unfinished("conflicts", entry.label, tuple(left), recovery.RESOLVE)
    return Unfinished("resolved", entry.label, (), "agentkit update --continue, then commit it")
