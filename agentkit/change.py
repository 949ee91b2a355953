"""`agentkit add`, `remove`, `set` and `list`: an update at the same version, with other answers."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from dataclasses import replace as with_
from pathlib import Path
from typing import Any

from agentkit import agents, orgpin, parts, project, update
from agentkit.answers import Prompt
from agentkit.carry import Wish
from agentkit.errors import INTERRUPTED, AgentkitError
from agentkit.names import ANSWERS_FILE
from agentkit.parts import Part
from agentkit.source import BUILTIN
from agentkit.update import Agree, How, Outcome


def add(path: Path, kind: str, name: str, how: How, prompt: Prompt | None, agree: Agree) -> Outcome:
    """Add a part and what it needs; raises AgentkitError."""
    found = parts.catalog(project.find(path))
    data, more = parts.add(found, kind, name)
    return _changed(path, data, _needed(f"{kind} {name}", more, prompt), how, agree)


def remove(
    path: Path, kind: str, name: str, how: How, prompt: Prompt | None, agree: Agree
) -> Outcome:
    """Remove a part; raises AgentkitError while another one needs it."""
    data = parts.remove(parts.catalog(project.find(path)), kind, name)
    return _changed(path, data, (), how, agree)


def replace(
    path: Path, question: str, value: str, how: How, prompt: Prompt | None, agree: Agree
) -> Outcome:
    """Change one answer, of a template of others too; raises AgentkitError."""
    found = project.find(path)
    if found.source != BUILTIN or question in orgpin.answers(path):
        return _changed(path, {question: value}, (), how, agree)
    data, more = parts.replace(parts.catalog(found), question, value)
    return _changed(path, data, _needed(f"{question} {value}", more, prompt), how, agree)


def _needed(what: str, more: tuple[Part, ...], prompt: Prompt | None) -> tuple[str, ...]:
    """Ask for what else must be added; raises AgentkitError when the person says no."""
    if not more:
        return ()
    names = " and ".join(f"{part.kind} {part.name}" for part in more)
    if prompt:
        from agentkit import prompts

        if not prompts.agree(f"{what} needs {names}. Add that too?"):
            raise AgentkitError("nothing was written", code=INTERRUPTED)
    return (f"{what} needs {names}, which is added too",)


def _changed(
    path: Path, data: Mapping[str, Any], notes: tuple[str, ...], how: How, agree: Agree
) -> Outcome:
    outcome = update.run(path, Wish(same=True, data=data), how, agree)
    return with_(outcome, notes=(*notes, *outcome.notes))


def listed(path: Path, kind: str, *, as_json: bool) -> str:
    """Every part, and whether the project has it; outside a project, what a new one can have."""
    linked = (path / ANSWERS_FILE).is_file()
    found = parts.catalog(project.find(path)) if linked else parts.offered()
    if kind:
        found.part(kind, next((p.name for p in found.parts if p.kind == kind), ""))
    shown = [part for part in found.parts if kind in ("", part.kind)]
    if as_json:
        return json.dumps([asdict(part) for part in shown], indent=2)
    width = max(len(part.name) for part in shown)
    return "\n".join(_line(part, width) for part in shown)


def _line(part: Part, width: int) -> str:
    mark = "x" if part.chosen else " "
    needs = f" (needs {', '.join(need.replace('.', ' ') for need in part.needs)})" * bool(
        part.needs
    )
    stage = f" [{part.stage}]" * (part.stage != "stable")
    return f"[{mark}] {part.kind:<10} {part.name:<{width}} {part.title}: {part.help}{needs}{stage}"


def add_agent(path: Path, name: str, like: str, kind: str, *, dry_run: bool) -> agents.Added:
    """Write config/agents/NAME.yaml, or .toml for the kind toml; raises AgentkitError."""
    return agents.add(project.find(path), name, like, kind, dry_run=dry_run)
