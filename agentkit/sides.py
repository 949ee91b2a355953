"""The three sides of a merge, prepared: what must not meet does not, what is the same looks so."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from agentkit import git, migrations
from agentkit.errors import AgentkitError
from agentkit.migrations import Migration
from agentkit.objects import Files, Objects
from agentkit.policy import Policy
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


def prepare(objects: Objects, project: Project, sides: Sides, policy: Policy) -> Sides:
    """The sides as they are merged; raises AgentkitError when an untracked file is in the way."""
    sides = _migrated(objects, sides, policy.migrations)
    sides = _answered(sides, project.answers_file)
    sides = _untracked(project, sides)
    sides = _frozen(sides, policy)
    return line_ends(objects, sides)


def _migrated(objects: Objects, sides: Sides, steps: tuple[Migration, ...]) -> Sides:
    """Codemods and moves, made on the base and on the user's files."""
    if not steps:
        return sides
    ours = _rewritten(objects, sides.ours, steps)
    places = {p: migrations.moved(steps, p) for p in ours}
    moved = {new: p for p, new in places.items() if new not in ours}
    told = {places[p] if places[p] in moved else p for p in ours if ours[p] != sides.ours[p]}
    return replace(
        sides,
        base=migrated(objects, sides.base, steps),
        ours={p: f for p, f in ours.items() if moved.get(places[p]) != p}
        | {new: ours[p] for new, p in moved.items()},
        moved=moved,
        told={**dict.fromkeys(told, "a migration of the template rewrote it"), **sides.told},
    )


def migrated(objects: Objects, side: Files, steps: tuple[Migration, ...]) -> Files:
    """A render of an older version as these migrations make it."""
    new = _rewritten(objects, side, steps)
    return {migrations.moved(steps, path): file for path, file in new.items()}


def _rewritten(objects: Objects, side: Files, steps: tuple[Migration, ...]) -> Files:
    wanted = [p for p, f in side.items() if f.regular and migrations.touches(steps, p)]
    old = objects.read(side[p].sha for p in wanted)
    new = {p: migrations.rewritten(steps, p, old[side[p].sha]) for p in wanted}
    changed = {p: text for p, text in new.items() if text != old[side[p].sha]}
    return side | objects.rewrite(side, changed)


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
    new = [p for p in {*sides.base, *sides.theirs} if p not in sides.ours and _reached(sides, p)]
    there = {p for p in new if _there(project, sides, p)}
    ignored = git.ignored(project.path, sorted(there))
    missing = sorted(set(new) - there)
    ignored |= git.ignored(project.path, missing, "-c", f"core.excludesFile={os.devnull}")
    if blocked := sorted(p for p in there - ignored if p in sides.theirs and p not in sides.base):
        what = "untracked files are in the way: " + ", ".join(blocked[:10])
        fix = "commit, move or delete them first; nothing was changed"
        raise AgentkitError(what, str(project.path), fix)
    changed = [p for p in ignored if p in sides.theirs and sides.theirs[p] != sides.base.get(p)]
    kept = dict.fromkeys(changed, "git ignores it here, so that it was not touched")
    base = {p: f for p, f in sides.base.items() if p not in ignored}
    theirs = {p: f for p, f in sides.theirs.items() if p not in ignored}
    return replace(sides, base=base, theirs=theirs, kept={**sides.kept, **kept})


def _reached(sides: Sides, path: str) -> bool:
    """Does no file or link of the template lie where a folder would be?"""
    above = {p.as_posix() for p in PurePosixPath(path).parents}
    return not any(p in sides.ours and p in sides.base for p in above)


def _there(project: Project, sides: Sides, path: str) -> bool:
    """Is there something on the disk? A folder with nothing but tracked files is none."""
    place = project.path / path
    if place.is_symlink() or not place.is_dir():
        return os.path.lexists(place)
    found = (f for f in place.rglob("*") if f.is_symlink() or not f.is_dir())
    return any(f.relative_to(project.path).as_posix() not in sides.ours for f in found)


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
    """The sides with the same line ends in each file: those of the side that changed them."""
    both = [
        p for p, own in sides.ours.items()
        if p in sides.base and p in sides.theirs and own.regular
        and own.sha not in (sides.base[p].sha, sides.theirs[p].sha)
    ]  # fmt: skip
    three = (sides.base, sides.ours, sides.theirs)
    contents = objects.read(side[p].sha for p in both for side in three)
    ends = {p: _wanted(*(_end(contents[side[p].sha]) for side in three)) for p in both}
    odd = {p: end.encode() for p, end in ends.items() if end}

    def turned(side: Files) -> Files:
        texts = {p: text for p in odd if b"\0" not in (text := contents[side[p].sha])[:8000]}
        new = {p: t.replace(b"\r\n", b"\n").replace(b"\n", odd[p]) for p, t in texts.items()}
        return side | objects.rewrite(side, new)

    if not odd:
        return sides
    base, ours, theirs = map(turned, three)
    return replace(sides, base=base, ours=ours, theirs=theirs)


def _wanted(base: str, ours: str, theirs: str) -> str:
    """The line end of the merged file, where the sides do not agree; else nothing."""
    if not base or not ours:
        return ""
    if ours != base:
        return ours
    return "" if theirs in ("", ours) else theirs


def _end(content: bytes) -> str:
    """The line end that a whole text uses; empty for binary files, mixed ends and single lines."""
    if b"\0" in content[:8000]:
        return ""
    lines, returns = content.count(b"\n"), content.count(b"\r\n")
    return "\r\n" if 0 < returns == lines else "\n" if lines and not returns else ""
