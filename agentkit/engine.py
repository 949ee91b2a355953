"""What an update would make of a project: two renders, one merge, and the plan of it."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from agentkit import earlier, merge, plan, renders, sides
from agentkit.carry import Wish
from agentkit.checks import Finding, paths, tree
from agentkit.errors import AgentkitError
from agentkit.journal import Journal
from agentkit.merge import Merged
from agentkit.objects import Files, Objects, inside
from agentkit.project import SETTINGS, Project
from agentkit.renders import Pair
from agentkit.sides import Sides

SETTLED = "it records the org file, and the answers to its questions"


@dataclass(frozen=True)
class Draft:
    """A finished update, of which the project has nothing yet."""

    project: Project
    pair: Pair
    head: Files  # what the project has, by paths in the repository
    merged: Merged  # by paths in the repository
    tree: str
    steps: tuple[plan.Step, ...]

    @property
    def empty(self) -> bool:
        """Is there nothing to write?"""
        return self.merged.files == self.head and not self.merged.conflicts

    @property
    def journal(self) -> Journal:
        """What is to be written, as data."""
        conflicts = {
            path: {str(n): [f.mode, f.sha] for n, f in conflict.stages.items()}
            for path, conflict in self.merged.conflicts.items()
        }
        return Journal(
            *("writing", self.project.head, self.tree, self.project.head, self.label),
            self.message,
            conflicts,
        )

    @property
    def label(self) -> str:
        """The name of the template's side in conflict markers."""
        return label(self.pair)

    @property
    def message(self) -> str:
        """The message of the commit."""
        pair = self.pair
        name = pair.after.source.removesuffix(".git").rpartition("/")[2]
        old, new = pair.before.version, pair.after.version
        if pair.followed and old == new:
            return f"Follow {pair.followed}"
        change = f" from {old}" if old != new else ": " + ", ".join(pair.answers)
        return f"Update to {name} {new}{change}"


def label(pair: Pair) -> str:
    """The name of the template's side in conflict markers."""
    return pair.followed or f"template {pair.after.version}".rstrip()


def draft(objects: Objects, project: Project, wish: Wish) -> Draft:
    """Render, merge and check; raises AgentkitError, and writes nothing outside the quarantine."""
    pair = renders.pair(project, wish, objects.scratch)
    base, theirs = _rendered(objects, project, pair)
    _sound(pair, [p for p in theirs if base.get(p) != theirs[p]], base)
    head = objects.files(project.head)
    ours, file = inside(head, project.prefix), project.answers_file
    if pair.imposed and file in ours:
        base = base | {file: ours[file]}  # else what was edited by hand would stay
    found = Sides(base, ours, theirs, told={SETTINGS: SETTLED} if pair.settled else {})
    found = replace(found, base=earlier.base(objects, project, pair.policy, found))
    return _merged(objects, project, pair, head, found)


def link(objects: Objects, project: Project, pair: Pair) -> Draft:
    """The same for files that no update has seen: they stay, and those that are missing come."""
    _, theirs = _rendered(objects, project, pair)
    _sound(pair, theirs, ())
    head = objects.files(project.head)
    ours = inside(head, project.prefix)
    base = {p: f for p, f in theirs.items() if p in ours and p != project.answers_file}
    told = "it differs from the template's; yours stays"
    kept = {p: told for p, f in base.items() if f != ours[p]}
    return _merged(objects, project, pair, head, Sides(base, ours, theirs, kept))


def _rendered(objects: Objects, project: Project, pair: Pair) -> tuple[Files, Files]:
    """The files of both renders; raises AgentkitError when one may not be there."""
    attributes = project.path / ".gitattributes"
    own = attributes if attributes.is_file() else None
    _lawful(pair)
    return objects.add(pair.old, own), objects.add(pair.new, own)


def _merged(objects: Objects, project: Project, pair: Pair, head: Files, parts: Sides) -> Draft:
    prepared = sides.prepare(objects, project, parts, pair.policy)
    rest = {p: f for p, f in head.items() if not p.startswith(project.prefix)}
    whole = [_grafted(rest, side, project.prefix) for side in _three(prepared)]
    merged = merge.merge(objects, whole[0], whole[1], whole[2], label(pair))
    made = objects.tree(merged.files)
    renames = _renames(objects, project, made, prepared.moved)
    local = _local(merged, project.prefix)
    steps = plan.steps(parts.ours, prepared, local, renames, pair.policy)
    return Draft(project, pair, head, merged, made, steps)


def _three(prepared: Sides) -> tuple[Files, Files, Files]:
    return prepared.base, prepared.ours, prepared.theirs


def _grafted(rest: Files, side: Files, prefix: str) -> Files:
    return rest | {prefix + p: f for p, f in side.items()}


def _local(merged: Merged, prefix: str) -> Merged:
    """The same by paths in the project."""
    if not prefix:
        return merged
    conflicts = {p.removeprefix(prefix): c for p, c in merged.conflicts.items()}
    return replace(
        merged,
        files=inside(merged.files, prefix),
        conflicts=conflicts,
        kept_deleted=tuple(p.removeprefix(prefix) for p in merged.kept_deleted),
        structured=frozenset(p.removeprefix(prefix) for p in merged.structured),
    )


def _renames(
    objects: Objects, project: Project, made: str, moved: Mapping[str, str]
) -> dict[str, str]:
    """The old path of each renamed file, by paths in the project."""
    words = ("diff-tree", "-r", "-M", "-z", "--name-status", "--diff-filter=R")
    told = os.fsdecode(objects.git(*words, project.head, made)).split("\0")
    found = {new: old for old, new in zip(told[1::3], told[2::3], strict=False)}
    inside = {
        new.removeprefix(project.prefix): old.removeprefix(project.prefix)
        for new, old in found.items()
    }
    return inside | dict(moved)


def _lawful(pair: Pair) -> None:
    old, new = tree.files(pair.old), tree.files(pair.new)
    problems = [*paths.dangers(pair.old, old), *paths.dangers(pair.new, new)]
    known = set(old)
    problems += paths.findings(pair.new, [n for n in new if n not in known])
    if not new:
        raise AgentkitError("the template rendered no file", pair.after.source)
    _refuse(pair, problems)


def _sound(pair: Pair, changed: Iterable[str], known: Iterable[str]) -> None:
    """Raises AgentkitError when the template's new files do not parse and the old ones did."""
    old = set(known) & set(changed)
    broken = {finding.path for finding in tree.unparsables(pair.old, old)}
    _refuse(pair, [f for f in tree.unparsables(pair.new, changed) if f.path not in broken])


def _refuse(pair: Pair, problems: list[Finding]) -> None:
    if problems:
        what = "the rendered template is not sound:\n    " + "\n    ".join(map(str, problems))
        where = f"{pair.after.source} {pair.after.version}"
        raise AgentkitError(what, where, "nothing was changed; tell its author")
