"""merge(base, ours, theirs) -> the merged tree and its conflicts; nothing of the project changes.

What conflicts by lines is tried again by structure, and what merged by lines must still parse.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from agentkit import git, lines, structure
from agentkit.checks import tree
from agentkit.errors import AgentkitError
from agentkit.lines import Stages
from agentkit.objects import File, Files, Objects

MARKERS = re.compile(rb"^(<{7} |>{7} )", re.M)
BASE, OURS, THEIRS = 1, 2, 3  # git's stages


@dataclass(frozen=True)
class Conflict:
    """One path that a person must decide."""

    path: str
    reason: str
    stages: Mapping[int, File]


@dataclass(frozen=True)
class Merged:
    """A tree, its conflicts, and what the merge decided that a user may want to know."""

    files: Files
    conflicts: dict[str, Conflict] = field(default_factory=dict)
    kept_deleted: tuple[str, ...] = ()
    structured: frozenset[str] = frozenset()


def merge(objects: Objects, base: Files, ours: Files, theirs: Files, label: str) -> Merged:
    """Merge three trees; `label` names theirs in conflict markers.

    Raises AgentkitError when git cannot do it.
    """
    if theirs == base:
        return Merged(dict(ours))
    told = lines.merge(objects, base, ours, theirs, label)
    gone = [p for p, s in told.stages.items() if OURS not in s and BASE in s and p not in ours]
    left = {p: s for p, s in told.stages.items() if p not in gone}
    files = {p: f for p, f in told.files.items() if p not in gone}
    merged, structured = _by_structure(objects, left)
    conflicts = {
        p: Conflict(p, _reason(stages, told.messages.get(p, "")), stages)
        for p, stages in left.items()
        if p not in merged
    }
    done = Merged(files | merged, conflicts, tuple(sorted(gone)), frozenset(structured))
    return _checked(objects, done, (base, ours, theirs), label)


def _by_structure(objects: Objects, stages: Mapping[str, Stages]) -> tuple[Files, list[str]]:
    """The conflicting files that merge by their structure."""
    whole = {p: s for p, s in stages.items() if len(s) == 3 and all(f.regular for f in s.values())}
    contents = objects.read(f.sha for s in whole.values() for f in s.values())
    merged = {}
    for path, found in whole.items():
        base, ours, theirs = (contents[found[n].sha] for n in (BASE, OURS, THEIRS))
        if b"\0" in base + ours + theirs:
            continue
        favoured = _favoured(objects, base, ours, theirs)
        result = structure.merge(path, base, ours, theirs, favoured)
        if result is not None:
            merged[path] = result
    modes = {p: replace(s[OURS], mode=_mode(s)) for p, s in whole.items()}
    return objects.rewrite(modes, merged), list(merged)


def _mode(stages: Stages) -> str:
    base, ours, theirs = (stages[n].mode for n in (BASE, OURS, THEIRS))
    return theirs if ours == base else ours


def _favoured(objects: Objects, base: bytes, ours: bytes, theirs: bytes) -> bytes:
    """The merge by lines in which every conflict is decided for ours."""
    with TemporaryDirectory(dir=objects.scratch) as folder:
        paths = [Path(folder, name) for name in ("ours", "base", "theirs")]
        for path, content in zip(paths, (ours, base, theirs), strict=True):
            path.write_bytes(content)
        done = git.feed(Path(folder), "merge-file", "-p", "-q", "--ours", *map(str, paths))
    return done.stdout if done.returncode == 0 else ours


def _checked(objects: Objects, merged: Merged, sides: tuple[Files, ...], label: str) -> Merged:
    """The same, where a file that merged cleanly but is broken now has become a conflict."""
    known = {f.sha for side in sides for f in side.values()}
    made = [
        p for p, f in merged.files.items()
        if f.regular and f.sha not in known and p not in merged.conflicts
    ]  # fmt: skip
    contents = objects.read(merged.files[p].sha for p in made)
    conflicts, marked = dict(merged.conflicts), {}
    for path in made:
        stages = {n: side[path] for n, side in enumerate(sides, 1) if path in side}
        words = _broken(path, contents[merged.files[path].sha])
        if not words or any(_broken(path, c) for c in _both(objects, stages).values()):
            continue
        if OURS not in stages or THEIRS not in stages:
            raise AgentkitError(f"the merged file {words}", path, "nothing was written")
        conflicts[path] = Conflict(path, f"both sides merge, but then it {words}", stages)
        marked[path] = _side_by_side(objects, stages, label)
    files = merged.files | objects.rewrite(merged.files, marked)
    return replace(merged, files=files, conflicts=conflicts)


def _broken(path: str, content: bytes) -> str:
    if MARKERS.search(content):
        return "has conflict markers"
    return tree.unparsable(path, content)


def _both(objects: Objects, stages: Stages) -> dict[int, bytes]:
    contents = objects.read(stages[n].sha for n in (OURS, THEIRS) if n in stages)
    return {n: contents[stages[n].sha] for n in (OURS, THEIRS) if n in stages}


def _side_by_side(objects: Objects, stages: Stages, label: str) -> bytes:
    ours, theirs = (content.rstrip(b"\n") for content in _both(objects, stages).values())
    lines = (b"<<<<<<< yours", ours, b"=======", theirs, b">>>>>>> " + label.encode(), b"")
    return b"\n".join(lines)


def _reason(stages: Stages, told: str) -> str:
    match sorted(stages):
        case [1, 2]:
            return "the template removed it; you changed it"
        case [1, 3]:
            return "you removed it; the template changed it"
        case [2, 3]:
            return "you and the template both added it"
        case [1, 2, 3] if "binary" in told:
            return "you and the template changed this binary file; yours is in place"
        case [1, 2, 3] if "CONFLICT (content)" in told:
            return "you and the template changed the same lines"
    return re.sub(r"^CONFLICT \([^)]*\): ", "", told) or "you and the template changed it"
