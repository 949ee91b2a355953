"""`agentkit diff`: what a project changed of its template, or an update would, as a patch."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agentkit import drift, engine, project, recorded
from agentkit.carry import Wish
from agentkit.drift import Entry
from agentkit.names import ANSWERS_FILE
from agentkit.objects import quarantine
from agentkit.plan import Step
from agentkit.project import Project

NEWEST = "newest"


@dataclass(frozen=True)
class Diff:
    """A patch for `git apply`, and the files in it."""

    project: Project
    version: str  # that it leads to
    files: Sequence[Entry | Step]
    patch: bytes
    conflicts: tuple[str, ...] = ()


def drifted(path: Path, answers_file: str = ANSWERS_FILE, *, trust: bool = False) -> Diff:
    """From the recorded render to the work tree, of all files that are not the user's own.

    Raises AgentkitError when the version cannot be had.
    """
    found = project.find(path, answers_file)
    with (
        quarantine(found.top, found.git_dir) as objects,
        recorded.made(found, objects.scratch, trust=trust) as made,
    ):
        seen = drift.compare(objects, found, made)
        entries = [entry for entry in seen.entries if entry.drifts]
        patch = drift.patch(objects, found, seen, entries)
    return Diff(found, found.version, entries, patch)


def coming(
    path: Path, version: str, answers_file: str = ANSWERS_FILE, *, trust: bool = False
) -> Diff:
    """From HEAD to what an update to this version makes of it; raises AgentkitError.

    Files in conflict hold both sides.
    """
    found = project.find(path, answers_file)
    wish = Wish(version="" if version == NEWEST else version, trust=trust)
    with quarantine(found.top, found.git_dir) as objects:
        draft = engine.draft(objects, found, wish)
        patch = drift.between(objects, found.head, draft.tree)
    conflicts = tuple(step.path for step in draft.steps if step.action == "conflict")
    return Diff(found, draft.pair.after.version, draft.steps, patch, conflicts)
