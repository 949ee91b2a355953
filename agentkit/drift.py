"""What a project has made of its template's files: file by file, and as a patch."""

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace

from agentkit import earlier, sides
from agentkit.errors import AgentkitError
from agentkit.objects import Files, Objects, inside
from agentkit.policy import Policy
from agentkit.project import Project
from agentkit.recorded import Recorded
from agentkit.sides import Sides


@dataclass(frozen=True)
class Entry:
    """One file that the template wrote, and what became of it."""

    path: str
    owner: str  # yours, managed or shared
    part: str  # kind.part, or nothing for the base
    state: str  # same, edited, deleted or renamed
    was: str = ""  # the path that the template gave it, if it is renamed

    @property
    def drifts(self) -> bool:
        """Is it the template's, and no longer what the template wrote?"""
        return self.state != "same" and self.owner != "yours"


@dataclass(frozen=True)
class Drift:
    """The template's files and the project's, with what became of each."""

    entries: tuple[Entry, ...]
    base: Files
    ours: Files

    @property
    def others(self) -> int:
        """How many files the template did not write."""
        return len(set(self.ours) - {entry.path for entry in self.entries})

    def entry(self, path: str) -> Entry | None:
        """The file that is or was at this path, if the template wrote it."""
        found = [e for e in self.entries if path in (e.path, e.was)]
        return min(found, key=lambda e: e.path != path, default=None)


def compare(objects: Objects, project: Project, made: Recorded) -> Drift:
    """Compare the work tree with the recorded render; writes nothing outside the quarantine."""
    attributes = project.path / ".gitattributes"
    base = objects.add(made.folder, attributes if attributes.is_file() else None)
    ours = _work_tree(objects, project, base)
    base = sides.line_ends(objects, Sides(base, ours, base)).base
    if dict(made.answers) == project.answers and project.answers_file in ours:
        base |= {project.answers_file: ours[project.answers_file]}  # however it is laid out
    policy = Policy(
        yours=made.yours,
        ejected=project.yours(),
        shared=made.shared,
        overlaid=made.laid.owned,
    )
    moved = _renames(objects, base, ours)
    entries = (
        Entry(
            moved.get(path, path),
            policy.owner(path),
            made.parts.get(path, ""),
            _state(path, base, ours, moved),
            path if path in moved else "",
        )
        for path in sorted(base)
    )
    return Drift(tuple(entries), base, ours)


def of_its_time(
    objects: Objects, project: Project, drift: Drift, entries: Iterable[Entry]
) -> Drift:
    """The same, where of these a file of the user's is not edited if an older version wrote it so.

    No update has changed it since; that version is rendered for it.
    """
    asked = {e.path for e in entries if e.owner == "yours" and e.state == "edited"}
    known = earlier.written(objects, project, {path: drift.ours[path] for path in asked})
    told = tuple(replace(e, state="same") if e.path in known else e for e in drift.entries)
    return Drift(told, drift.base | known, drift.ours)


def _state(path: str, base: Files, ours: Files, moved: dict[str, str]) -> str:
    if path in moved:
        return "renamed"
    if path not in ours:
        return "deleted"
    return "same" if ours[path] == base[path] else "edited"


def _work_tree(objects: Objects, project: Project, base: Files) -> Files:
    """The files of the project as they are on the disk: tracked ones, and any of the template's."""
    env = {"GIT_INDEX_FILE": objects.index(), "GIT_WORK_TREE": str(project.top)}
    index = project.git_dir / "index"
    if index.is_file():
        shutil.copy2(index, env["GIT_INDEX_FILE"])  # its time tells git what it need not read
    place = project.prefix or "."
    objects.git("--literal-pathspecs", "add", "--update", "--", place, env=env)
    files = inside(objects.staged(env), project.prefix)
    new = [p for p in base if p not in files and _file(project, p)]
    if not new:
        return files
    listed = os.fsencode("".join(f"{project.prefix}{p}\0" for p in new))
    objects.git("update-index", "--add", "-z", "--stdin", stdin=listed, env=env)
    return inside(objects.staged(env), project.prefix)


def _file(project: Project, path: str) -> bool:
    """Is it a file or a link, and not behind a link?"""
    place = project.path / path
    if place.parent.resolve() != project.path / os.path.dirname(path):
        return False
    return place.is_symlink() or place.is_file()


def _renames(objects: Objects, base: Files, ours: Files) -> dict[str, str]:
    """Where the user put the files that are no longer where the template put them."""
    gone = {p: f for p, f in base.items() if p not in ours}
    if not gone:
        return {}
    trees = objects.tree(gone), objects.tree({p: f for p, f in ours.items() if p not in base})
    words = ("diff-tree", "-r", "-M", "-z", "--name-status", "--diff-filter=R")
    told = os.fsdecode(objects.git(*words, *trees)).split("\0")
    return dict(zip(told[1::3], told[2::3], strict=False))


def require(project: Project, path: str) -> None:
    """Raises AgentkitError when there is no file at a path that the template did not write."""
    place = project.path / path
    if place.is_dir() and not place.is_symlink():
        raise AgentkitError("this is a folder", str(place), "name a file in it")
    if not os.path.lexists(place):
        raise AgentkitError("there is no such file, and the template wrote none", str(place))


def patch(objects: Objects, project: Project, drift: Drift, entries: Iterable[Entry]) -> bytes:
    """From what the template wrote to what the project has, of these files, for `git apply`."""
    entries = list(entries)
    base = {e.was or e.path: drift.base[e.was or e.path] for e in entries}
    ours = {e.path: drift.ours[e.path] for e in entries if e.path in drift.ours}
    trees = [
        objects.tree({project.prefix + path: file for path, file in side.items()})
        for side in (base, ours)
    ]
    return between(objects, *trees)


def between(objects: Objects, old: str, new: str) -> bytes:
    """From one tree or commit to another, for `git apply`."""
    plain = ("--binary", "--full-index", "--no-ext-diff", "--no-textconv")
    return objects.git("diff-tree", "-r", "-p", "-M", *plain, old, new)
