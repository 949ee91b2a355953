"""What an earlier update left behind: half-written, or with conflicts."""

import os
import re
import sys
from dataclasses import replace
from pathlib import Path

from agentkit import disk, git, guardhook, index, interrupt, journal, transaction
from agentkit.errors import CONFLICTS, AgentkitError
from agentkit.journal import FOLDER, UNDOING, WRITING, Journal
from agentkit.objects import Objects, quarantine
from agentkit.project import Project, find

MARKED = re.compile(guardhook.MARKED.encode(), re.M)
RESOLVE = "resolve them and `git add` the files, or undo the update: agentkit update --abort"


def settle(path: Path) -> None:
    """Heal what was interrupted in the project in `path`, before a command looks at it.

    Raises AgentkitError while another run is at work on it.
    """
    found = find(path, linked=False)
    entry = journal.load(found.git_dir)
    if (entry and entry.half) or index.ours(found.git_dir):
        with interrupt.handled(), disk.telling(found.top), journal.locked(found.git_dir):
            _heal(found, journal.load(found.git_dir))


def finish(project: Project) -> None:
    """Heal what was interrupted, and say so; raises AgentkitError while conflicts are open.

    Called by every command that writes, before it looks at the project.
    """
    entry = _heal(project, journal.load(project.git_dir))
    if entry and (left := unresolved(project, entry)):
        what = "conflicts of an update are left:\n    " + "\n    ".join(left)
        raise AgentkitError(what, str(project.top), RESOLVE, CONFLICTS)
    _end(project)


def _heal(project: Project, entry: Journal | None) -> Journal | None:
    """Finish or undo what an update was about when it was interrupted; returns the journal left."""
    if not entry or not entry.half:
        if index.release(project.git_dir):  # it was killed before the first step, or after the last
            _say(f"an interrupted update was {'finished' if entry else 'undone'}")
        return entry
    if not _follows(project, entry):
        index.release(project.git_dir)
        _end(project)
        _say("an interrupted update was given up: HEAD is elsewhere now; look at git status")
        return None
    forward = entry.state == WRITING
    with quarantine(project.top, project.git_dir) as objects:
        told = transaction.heal(objects, entry, forward=forward)
    _say(f"an interrupted update was {'finished' if forward else 'undone'}", *told)
    return journal.load(project.git_dir)


def _follows(project: Project, entry: Journal) -> bool:
    """Is HEAD where the update began, or later on the same line?"""
    words = ("merge-base", "--is-ancestor", entry.head, "HEAD")
    return git.run(project.top, *words).returncode == 0


def _say(*lines: str) -> None:
    for line in lines:
        print(f"agentkit: {line}", file=sys.stderr)


def _end(project: Project) -> None:
    if journal.load(project.git_dir):
        guardhook.remove(project.top, project.git_dir)
    journal.drop(project.git_dir)


def unresolved(project: Project, entry: Journal) -> list[str]:
    """The conflicts that nobody has decided: unmerged in the index, or with markers in it."""
    listed = git.data(project.top, "ls-files", "-z", "--unmerged")
    unmerged = {os.fsdecode(line).partition("\t")[2] for line in listed.split(b"\0") if line}
    return sorted(p for p in entry.conflicts if p in unmerged or _marked(project, p))


def _marked(project: Project, path: str) -> bool:
    shown = git.feed(project.top, "cat-file", "blob", f":{path}")
    return shown.returncode == 0 and bool(MARKED.search(shown.stdout))


def abort(project: Project) -> tuple[str, ...]:
    """Take an update back that was interrupted or left conflicts; raises AgentkitError.

    What was edited since is put aside, and named.
    """
    entry = journal.load(project.git_dir)
    if entry is None:
        if index.release(project.git_dir):
            return ("an interrupted update was undone",)
        raise AgentkitError("no update is in progress here", str(project.path))
    head = git.check(project.top, "rev-parse", "HEAD")
    if head != entry.head:
        fix = "git revert takes it back; delete the journal with agentkit update --continue"
        raise AgentkitError("you have committed since this update", str(project.top), fix)
    with quarantine(project.top, project.git_dir) as objects:
        told = transaction.heal(objects, replace(entry, state=UNDOING), forward=False)
    return ("the update was undone", *told)


def explain(project: Project, objects: Objects, entry: Journal) -> Path:
    """Write a prompt for a coding assistant that resolves the conflicts; returns its path."""
    shas = [f.sha for p in entry.conflicts for f in entry.stages(p).values()]
    contents = objects.read(shas)
    parts = [PROMPT.format(label=entry.label)]
    for path in entry.conflicts:
        parts.append(f"\n## {path}\n")
        for number, file in sorted(entry.stages(path).items()):
            text = contents[file.sha].decode("utf-8", "replace")
            name = {1: "before", 2: "yours", 3: entry.label}[number]
            parts.append(f"### {name}\n\n````\n{text.rstrip()}\n````\n")
    target = project.git_dir / FOLDER / "conflicts.md"
    target.write_text("\n".join(parts), "utf-8")
    return target


PROMPT = """# Resolve the conflicts of a template update

This repository was generated from a template. An update to {label} merged everything but these
files. Each is shown as it was before, as the project has it ("yours"), and as the template has it.

1. Keep what the project's people changed on purpose, and bring in what the template changed.
2. Edit the file in place, leave no line that starts with <<<<<<<, ======= or >>>>>>>.
3. Run the project's tests (`make test`), then `git add` the file. Commit nothing else.
4. Where both cannot be had, stop and ask.
"""
