"""The three sides of a merge, prepared: what must not meet does not, what is the same looks so."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from agentkit import git, migrations
from agentkit.errors import AgentkitError
from agentkit.migrations import Migration
from agentkit.objects import Files, Objects
from agentkit.project import Project


@dataclass(frozen=True)
class Sides:
    """Three trees by paths in the project, and where the user's version stays, with the reason."""

    base: Files
    ours: Files
    theirs: Files
    kept: Mapping[str, str] = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)  # new path -> old path, by migration
    told: Mapping[str, str] = field(default_factory=dict)  # why a file is not what HEAD has


@dataclass(frozen=True)
class Policy:
    """What the template and the project say of their files."""

    yours: tuple[str, ...] = ()  # patterns: written once, then the user's
    ejected: tuple[str, ...] = ()  # the same, said by the project
    shared: tuple[str, ...] = ()
    again: bool = False  # a deleted file that is yours is made again: copier's _skip_if_exists
    before: Mapping[str, str] = field(default_factory=dict)  # the part that wrote a file
    after: Mapping[str, str] = field(default_factory=dict)
    migrations: tuple[Migration, ...] = ()
    cause: str = "the template"  # of the changes: at the same version it is the answers

    def owner(self, path: str) -> str:
        """Who owns a file: yours, shared or managed; what no template wrote is yours."""
        if self._yours.match_file(path) or self._ejected.match_file(path):
            return "yours"
        if self._shared.match_file(path):
            return "shared"
        return "managed"

    def frozen(self, path: str) -> bool:
        """Does the template's side of this file stay as it was?

        Not where another part writes it now: a new pattern brings its own workflow.
        """
        if self._ejected.match_file(path):
            return True
        same = self.before.get(path, "") == self.after.get(path, self.before.get(path, ""))
        return same and bool(self._yours.match_file(path)) and not self._dropped(path)

    def made_again(self, path: str) -> bool:
        """Is a file that the user deleted made anew, as the template asks?"""
        return self.again and not self._ejected.match_file(path)

    def _dropped(self, path: str) -> bool:
        """Has the part that wrote it been removed?"""
        part = self.before.get(path, "")
        return bool(part) and path not in self.after and part not in self.after.values()

    @cached_property
    def _yours(self) -> Any:
        return _spec(self.yours)

    @cached_property
    def _ejected(self) -> Any:
        return _spec(self.ejected)

    @cached_property
    def _shared(self) -> Any:
        return _spec(self.shared)


def _spec(patterns: Iterable[str]) -> Any:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(patterns)


def prepare(objects: Objects, project: Project, sides: Sides, policy: Policy) -> Sides:
    """The sides as they are merged; raises AgentkitError when an untracked file is in the way."""
    sides = _migrated(objects, sides, policy.migrations)
    sides = _answered(sides, project.answers_file)
    sides = _untracked(project, sides)
    sides = _frozen(sides, policy)
    return line_ends(objects, sides)


def _migrated(objects: Objects, sides: Sides, steps: tuple[Migration, ...]) -> Sides:
    """Moves and codemods, made on the base and on the user's files."""
    if not steps:
        return sides
    places = {p: migrations.moved(steps, p) for p in {*sides.base, *sides.ours}}
    taken = {p for p in sides.ours if places[p] == p}
    base = {places[p]: f for p, f in sides.base.items()}
    ours = {p if places[p] in taken else places[p]: f for p, f in sides.ours.items()}
    moved = {places[p]: p for p in sides.ours if places[p] != p and places[p] not in taken}
    wanted = [p for p in {*base, *ours} if migrations.touches(steps, p)]
    found = [side[p] for side in (base, ours) for p in wanted if p in side and side[p].regular]
    contents = objects.read(f.sha for f in found)
    for side in (base, ours):
        new = {
            p: text for p in wanted
            if p in side and (old := contents.get(side[p].sha)) is not None
            and (text := migrations.rewritten(steps, p, old)) != old
        }  # fmt: skip
        side |= objects.rewrite(side, new)
    told = dict.fromkeys(new, "a migration of the template rewrote it")
    return replace(sides, base=base, ours=ours, moved=moved, told=told)


def _answered(sides: Sides, answers_file: str) -> Sides:
    """The answers file is the template's: it says what the files were made from."""
    base, theirs = sides.base.get(answers_file), sides.theirs.get(answers_file)
    if answers_file not in sides.ours or theirs is None or theirs == base:
        return sides
    base = base or sides.ours[answers_file]
    taken = {answers_file: base}
    told = {**sides.told, answers_file: "it records the version and the answers"}
    return replace(sides, base=sides.base | taken, ours=sides.ours | taken, told=told)


def _untracked(project: Project, sides: Sides) -> Sides:
    """What git does not track here takes no part: ignored files are not the update's to touch."""
    new = [p for p in {*sides.base, *sides.theirs} if p not in sides.ours]
    there = {p for p in new if os.path.lexists(project.path / p)}
    ignored = _ignored(project, sorted(there))
    ignored |= _ignored(project, sorted(set(new) - there), "-c", f"core.excludesFile={os.devnull}")
    if blocked := sorted(p for p in there - ignored if p in sides.theirs and p not in sides.base):
        what = "untracked files are in the way: " + ", ".join(blocked[:10])
        fix = "commit, move or delete them first; nothing was changed"
        raise AgentkitError(what, str(project.path), fix)
    changed = [p for p in ignored if p in sides.theirs and sides.theirs[p] != sides.base.get(p)]
    kept = dict.fromkeys(changed, "git ignores it here, so that it was not touched")
    base = {p: f for p, f in sides.base.items() if p not in ignored}
    theirs = {p: f for p, f in sides.theirs.items() if p not in ignored}
    return replace(sides, base=base, theirs=theirs, kept={**sides.kept, **kept})


def _ignored(project: Project, paths: list[str], *options: str) -> set[str]:
    if not paths:
        return set()
    words = (*options, "check-ignore", "-z", "--stdin", "--no-index")
    done = git.feed(project.path, *words, stdin=os.fsencode("\0".join(paths)))
    if done.returncode > 1:
        raise git.failure(project.path, words, done.returncode, os.fsdecode(done.stderr))
    return set(os.fsdecode(done.stdout).split("\0")) - {""}


def _frozen(sides: Sides, policy: Policy) -> Sides:
    """Where a file is the user's own, the template's side does not change."""
    base, theirs, kept = dict(sides.base), dict(sides.theirs), dict(sides.kept)
    for path in sorted(filter(policy.frozen, {*base, *theirs})):
        old, new, own = base.get(path), theirs.get(path), sides.ours.get(path)
        if policy.made_again(path) and new and not own:
            base.pop(path, None)  # so that it is added
        elif old:
            theirs[path] = old
        elif own:
            del theirs[path]
        if own and new not in (old, own):
            change = "has another version of it" if new else "no longer has it"
            kept[path] = f"it is yours; the template {change}"
    return replace(sides, base=base, theirs=theirs, kept=kept)


def line_ends(objects: Objects, sides: Sides) -> Sides:
    """Where the user's file differs from the template's in its line ends, those are the user's."""
    both = [
        p for p, own in sides.ours.items()
        if p in sides.base and p in sides.theirs and own.regular
        and own.sha not in (sides.base[p].sha, sides.theirs[p].sha)
    ]  # fmt: skip
    contents = objects.read(side[p].sha for p in both for side in (sides.base, sides.ours))
    ends = {p: _end(contents[sides.ours[p].sha]) for p in both}
    odd = [p for p in both if ends[p] and _end(contents[sides.base[p].sha]) not in ("", ends[p])]
    contents |= objects.read(sides.theirs[p].sha for p in odd)

    def turned(side: Files) -> Files:
        texts = {p: contents[side[p].sha].replace(b"\r\n", b"\n") for p in odd}
        new = {p: text.replace(b"\n", ends[p].encode()) for p, text in texts.items()}
        return side | objects.rewrite(side, new)

    return replace(sides, base=turned(sides.base), theirs=turned(sides.theirs)) if odd else sides


def _end(content: bytes) -> str:
    """The line end that a whole text uses; empty for binary files, mixed ends and single lines."""
    if b"\0" in content[:8000]:
        return ""
    lines, returns = content.count(b"\n"), content.count(b"\r\n")
    return "\r\n" if 0 < returns == lines else "\n" if lines and not returns else ""
