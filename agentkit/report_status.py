"""Where a project stands, as text and JSON."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from agentkit.drift import Entry
from agentkit.project import SETTINGS
from agentkit.status import Files, Status, Unfinished

if TYPE_CHECKING:  # each of them loads what another command needs
    from agentkit.diff import Diff
    from agentkit.eject import Ejected
    from agentkit.explain import Explained

COLOURS = {"edited": "yellow", "deleted": "red", "renamed": "cyan", "same": "green"}
OWNERS = ("managed", "shared", "yours")


def text(status: Status, *, everything: bool) -> str:
    """A summary, then the files that differ; with `everything` all that the template wrote."""
    parts = [*_unfinished(status.unfinished), *_version(status), *_choices(status)]
    if status.files:
        parts += [*_summary(status.files), *_files(status.files, everything)]
    return "\n".join([*parts, *(f"Note: {problem}" for problem in status.problems)])


def _unfinished(found: Unfinished | None) -> Iterator[str]:
    if found:
        yield typer.style(f"An update to {found.label} is not over: {found.state}.", "red")
        yield from (f"  conflict  {_shown(path)}" for path in found.conflicts)
        yield f"  {found.fix}"


def _version(status: Status) -> Iterator[str]:
    found = status.project
    if not found.recorded:
        return
    about = f"{found.path.name}: {found.source} {found.version}"
    if status.behind:
        number = "1 release" if status.behind == 1 else f"{status.behind} releases"
        about += f", {number} behind {status.newest}: agentkit update"
    elif status.behind == 0:
        about += ", the newest release"
    yield about


def _choices(status: Status) -> Iterator[str]:
    if status.parts:
        chosen = (f"{kind} {', '.join(names) or 'none'}" for kind, names in status.parts.items())
        yield f"  parts     {'; '.join(chosen)}"
    for name, value in status.answers.items():
        if name not in status.parts and name.removesuffix("s") not in status.parts:
            yield f"  answer    {name}: {_value(value)}"
    for name, (was, now) in status.files.pending.items() if status.files else ():
        yield f"  edited    answer {name}: {_value(was)} -> {_value(now)}, with the next update"


def _value(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _summary(files: Files) -> Iterator[str]:
    owners = Counter(entry.owner for entry in files.entries)
    told = ", ".join(f"{owners[owner]} {owner}" for owner in OWNERS if owners[owner])
    yield f"  files     {len(files.entries)} of the template: {told}; {files.others} others"
    states = Counter(entry.state for entry in files.entries if entry.drifts)
    changes = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
    yield f"  drift     {changes + ': agentkit diff' if changes else 'none'}"


def _files(files: Files, everything: bool) -> Iterator[str]:
    shown = [entry for entry in files.entries if everything or entry.drifts]
    if not shown:
        return
    yield ""
    width = min(60, max(len(_path(entry)) for entry in shown))
    for entry in shown:
        state = typer.style(f"{entry.state:<8}", COLOURS[entry.state])
        part = entry.part.replace(".", " ")
        yield f"  {state}  {_path(entry):<{width}}  {entry.owner:<7}  {part}".rstrip()


def _path(entry: Entry) -> str:
    return _shown(f"{entry.was} -> {entry.path}" if entry.was else entry.path)


def _shown(path: str) -> str:
    return path.encode("utf-8", "replace").decode()


def as_json(status: Status) -> str:
    """All of it, for programs."""
    found, files = status.project, status.files
    return json.dumps(
        {
            "project": str(found.path),
            "template": {
                "source": found.source,
                "version": found.version,
                "newest": status.newest or None,
                "behind": status.behind,
            },
            "parts": status.parts,
            "answers": dict(status.answers),
            "edited_answers": {
                name: {"was": was, "now": now}
                for name, (was, now) in (files.pending.items() if files else ())
            },
            "unfinished": asdict(status.unfinished) if status.unfinished else None,
            "files": [asdict(e) for e in files.entries] if files else None,
            "others": files.others if files else None,
            "problems": list(status.problems),
        },
        indent=2,
        default=str,
    )


def diff_as_json(diff: "Diff") -> str:
    """A patch and its files, for programs."""
    found = diff.project
    return json.dumps(
        {
            "project": str(found.path),
            "template": {"source": found.source, "from": found.version, "to": diff.version},
            "files": [asdict(file) for file in diff.files],
            "conflicts": list(diff.conflicts),
            "patch": diff.patch.decode("utf-8", "replace"),
        },
        indent=2,
    )


def explained(found: "Explained") -> str:
    """Where a file came from, whose it is, and the patch of what was changed in it since."""
    if found.entry is None:
        return f"{_shown(found.path)}\n  {found.meaning}"
    entry, template = found.entry, found.project
    lines = [
        _shown(found.path),
        f"  overlay   {_shown(found.layer)}" if found.layer else "",
        "" if found.layer else f"  template  {template.source} {template.version}",
        f"  part      {entry.part.replace('.', ' ')}" if entry.part else "",
        f"  from      {_shown(found.template_file)}" if found.template_file else "",
        f"  owner     {entry.owner}: {found.meaning}",
        f"  state     {entry.state}" + (f", it was {_shown(entry.was)}" if entry.was else ""),
        f"\n{found.patch.decode('utf-8', 'replace')}" if found.patch else "",
    ]
    return "\n".join(filter(None, lines)).rstrip("\n")


def explained_as_json(found: "Explained") -> str:
    """The same, for programs."""
    entry, template = found.entry, found.project
    origin = {
        "source": template.source,
        "version": template.version,
        "file": found.template_file or None,
    }
    return json.dumps(
        {
            "project": str(template.path),
            "path": found.path,
            "template": origin if entry and not found.layer else None,
            "overlay": {"source": found.layer, "file": found.template_file or None}
            if found.layer
            else None,
            **(asdict(entry) if entry else dict.fromkeys(("part", "owner", "state", "was"))),
            "meaning": found.meaning,
            "patch": found.patch.decode("utf-8", "replace"),
        },
        indent=2,
    )


def ejected(done: "Ejected") -> str:
    """Which files are the user's own now, and what to do."""
    lines = list(done.notes)
    if done.files:
        lines.append(f"Yours from now on: {', '.join(map(_shown, done.files))}.")
        lines.append(f"Commit {SETTINGS}.")
    return "\n".join(lines)


def ejected_as_json(done: "Ejected") -> str:
    """The same, for programs."""
    told = {"project": str(done.project.path), "ejected": done.files, "notes": done.notes}
    return json.dumps(told, indent=2)
