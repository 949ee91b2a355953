"""What an update did or would do, as text and JSON."""

import json
from collections.abc import Iterator
from dataclasses import asdict

import typer

from agentkit.plan import Step
from agentkit.update import Outcome

COLOURS = {
    "conflict": "red",
    "kept-deleted": "yellow",
    "kept": "yellow",
    "deleted": "red",
    "renamed": "cyan",
    "merged": "cyan",
    "updated": "green",
    "added": "green",
}


def text(outcome: Outcome) -> str:
    """What to read first comes first: what behaves differently, then the files, then what to do."""
    return "\n".join([plan(outcome), closing(outcome)])


def plan(outcome: Outcome) -> str:
    """The same before anything is written."""
    return "\n".join([*_header(outcome), *_releases(outcome), *_files(outcome)])


def _header(outcome: Outcome) -> Iterator[str]:
    pair = outcome.draft.pair
    old, new = pair.before.version, pair.after.version
    yield f"{pair.after.source} {old}" + (f" -> {new}" if new != old else "")
    if pair.followed:
        yield f"org file {pair.followed}"
    for name, (was, now) in pair.answers.items():
        before = "" if was is None else f"{_value(was)} -> "
        yield f"  answer {name}: {before}{_value(now)}"
    yield from (f"Note: {note}" for note in (*outcome.notes, *pair.notes))


def _value(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


def _releases(outcome: Outcome) -> Iterator[str]:
    releases = outcome.draft.pair.releases
    for title, lists in (
        ("Behaves differently:", [r.behaviour for r in releases]),
        ("To do by hand:", [r.steps for r in releases]),
    ):
        if any(lists):
            yield f"\n{title}"
            yield from (f"  - {line}" for found in lists for line in found)
    for release in releases:
        yield f"\nVersion {release.version} ({release.date})".replace(" ()", "")
        yield from (f"  {line}".rstrip() for line in release.text.splitlines())


def _files(outcome: Outcome) -> Iterator[str]:
    steps = outcome.draft.steps
    if not steps:
        yield "\nNothing to do: the project has it all."
        return
    yield ""
    width = min(60, max(len(_path(step)) for step in steps))
    for step in steps:
        action = typer.style(f"{step.action:<12}", COLOURS[step.action])
        yield f"  {action} {_path(step):<{width}}  {step.owner:<7}  {step.reason}"


def _path(step: Step) -> str:
    path = f"{step.was} -> {step.path}" if step.was else step.path
    return path.encode("utf-8", "replace").decode()


def closing(outcome: Outcome) -> str:
    """What has happened, and what to do now."""
    return "\n".join(_closing(outcome))


def _closing(outcome: Outcome) -> Iterator[str]:
    conflicts, how = len(outcome.conflicts), outcome.how
    if outcome.draft.empty:
        return
    yield ""
    if how.dry_run:
        yield "This is what would happen; nothing was written."
    elif how.branch and conflicts:
        yield f"No branch was made: {_files_in(conflicts)} in conflict. Update without --branch."
    elif how.branch:
        yield f"Committed to the branch {how.branch}; your work tree is as it was."
    elif conflicts:
        yield f"{_files_in(conflicts)} in conflict. Edit, `git add`, then commit."
        yield "agentkit update --abort takes everything back."
    elif outcome.commit:
        yield f"Committed as {outcome.commit[:10]}."
    else:
        yield "Staged. Look at it with `git diff --staged`, then commit."


def _files_in(number: int) -> str:
    return "1 file is" if number == 1 else f"{number} files are"


def as_json(outcome: Outcome) -> str:
    """The same, for programs."""
    pair = outcome.draft.pair
    return json.dumps(
        {
            "project": str(outcome.draft.project.path),
            "template": {
                "source": pair.after.source,
                "from": pair.before.version,
                "to": pair.after.version,
            },
            "follows": pair.followed or None,
            "dry_run": outcome.how.dry_run,
            "applied": outcome.applied,
            "changes": [asdict(step) for step in outcome.draft.steps],
            "conflicts": [s.path for s in outcome.draft.steps if s.action == "conflict"],
            "answers": {n: {"was": was, "now": now} for n, (was, now) in pair.answers.items()},
            "notes": [*outcome.notes, *pair.notes],
            "release_notes": [asdict(release) for release in pair.releases],
            "branch": outcome.how.branch if outcome.commit and outcome.how.branch else None,
            "commit": outcome.commit or None,
        },
        indent=2,
        default=str,
    )
