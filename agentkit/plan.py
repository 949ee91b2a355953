"""What an update would change in a project, file by file, and why: as data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agentkit.merge import Merged
from agentkit.objects import Files
from agentkit.policy import Policy
from agentkit.sides import Sides

ORDER = ("conflict", "kept-deleted", "kept", "deleted", "renamed", "merged", "updated", "added")
OVERLAY = "overlay."  # what the parts of overlays start with


@dataclass(frozen=True)
class Step:
    """What an update does with one file, and why."""

    path: str
    action: str  # of ORDER
    owner: str  # yours, managed or shared
    reason: str
    was: str = ""  # the path it had


def steps(
    head: Files, sides: Sides, merged: Merged, renames: Mapping[str, str], policy: Policy
) -> tuple[Step, ...]:
    """Every file that an update changes or leaves, by paths in the project.

    `head` is what the project has, `renames` the old path of each renamed file.
    """
    found = [
        *_left(sides, merged, renames, policy),
        *(
            _step(path, head, sides, merged, renames, policy)
            for path in {*head, *merged.files} - {*merged.conflicts, *renames.values()}
            if head.get(path) != merged.files.get(path)
        ),
    ]
    return tuple(sorted(found, key=lambda s: (ORDER.index(s.action), s.path)))


def _left(
    sides: Sides, merged: Merged, renames: Mapping[str, str], policy: Policy
) -> Iterable[Step]:
    """What is left to the user, or left as it is."""
    for path, conflict in merged.conflicts.items():
        was = renames.get(path, "")
        yield Step(path, "conflict", policy.owner(path), conflict.reason, was)
    for path in merged.kept_deleted:
        reason = "you deleted it; the template changed it since"
        yield Step(path, "kept-deleted", policy.owner(path), reason)
    for path, reason in sides.kept.items():
        if path not in merged.conflicts:
            yield Step(path, "kept", policy.owner(path), reason)


def _step(
    path: str, head: Files, sides: Sides, merged: Merged, renames: Mapping[str, str], policy: Policy
) -> Step:
    owner = _owner((path, renames.get(path, path)), sides, policy)
    if path in renames:
        return Step(path, "renamed", owner, _moved(path, sides), renames[path])
    if path not in head:
        return Step(path, "added", owner, _brought(path, policy))
    if path not in merged.files:
        return Step(path, "deleted", owner, _dropped(path, policy))
    if merged.files[path] == sides.theirs.get(path) and sides.ours[path] == sides.base.get(path):
        reason = sides.told.get(path, f"{policy.author(path)} changed it; you had not")
        return Step(path, "updated", owner, reason)
    if path in merged.structured:
        reason = f"you and {policy.author(path)} changed it; merged by structure"
        return Step(path, "merged", owner, reason)
    reason = sides.told.get(path, f"you and {policy.author(path)} changed different lines")
    return Step(path, "merged", owner, reason)


def _owner(places: tuple[str, ...], sides: Sides, policy: Policy) -> str:
    """Who owns a file that is or was at these places; what no template wrote is yours."""
    known = [p for p in places if p in sides.base or p in sides.theirs]
    return policy.owner(known[-1]) if known else "yours"


def _moved(path: str, sides: Sides) -> str:
    if path in sides.theirs:
        return "the template moved it"
    return "it moved along with the template's files"


def _brought(path: str, policy: Policy) -> str:
    part = policy.after.get(path, "")
    if part and part not in policy.before.values():
        return f"{part.replace('.', ' ')} brings it"
    if part.startswith(OVERLAY):
        own = policy.of_overlay
        return f"new in {own}" if own else f"it comes with {policy.cause}"
    return "new in the template"


def _dropped(path: str, policy: Policy) -> str:
    part = policy.before.get(path, "")
    if part and part not in policy.after.values():
        return f"it went with {part.replace('.', ' ')}; you had not changed it"
    if not part.startswith(OVERLAY):
        return "the template dropped it; you had not changed it"
    what = (
        f"{policy.of_overlay} dropped it" if policy.of_overlay else f"it went with {policy.cause}"
    )
    return f"{what}; you had not changed it"
