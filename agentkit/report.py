"""Results as text and JSON. Text is coloured on a terminal only."""

import json
import os
import shlex
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentkit import names
from agentkit.apply import Created

if TYPE_CHECKING:
    from rich.tree import Tree

FIRST = {
    "run": "answers on http://localhost:8080, no key needed",
    "chat": "talk to it here, no key needed",
    "test": "offline",
}


def preview(created: Created) -> None:
    """Print the tree of a new project, and how many files it has."""
    from rich.console import Console
    from rich.text import Text
    from rich.tree import Tree

    root = Tree(Text(f"{created.target.name}/", "bold"), guide_style="dim")
    folders: dict[str, Tree] = {"": root}
    for change in sorted(created.changes, key=lambda c: c.path.split("/")):
        parent, _, name = change.path.rpartition("/")
        _folder(folders, parent).add(Text(name))
    console = Console(highlight=False)
    console.print(root)
    console.print(summary(created))


def _folder(folders: "dict[str, Tree]", path: str) -> "Tree":
    from rich.text import Text

    if path not in folders:
        above, _, name = path.rpartition("/")
        folders[path] = _folder(folders, above).add(Text(f"{name}/", "bold"))
    return folders[path]


def summary(created: Created) -> str:
    """How much there is, in one line."""
    lines = sum(change.lines for change in created.changes)
    return f"{len(created.changes)} files, {lines:,} lines"


def _commands(makefile: Path) -> list[str]:
    """The first commands of a project: one to talk to it, if an interface brings one, and test."""
    told = makefile.read_text("utf-8")
    found = [name for name in FIRST if f"\n{name}:" in told]
    wanted = [name for name in found if name != "chat" or "run" not in found]
    return [f"make {name:<7} # {FIRST[name]}" for name in wanted]


def next_steps(created: Created) -> str:
    """What to do with a new project."""
    try:
        place = os.path.relpath(created.target)
    except FileNotFoundError:  # the shell still stands in the empty folder that was replaced
        place = str(created.target)
    steps = [f"cd {shlex.quote(place)}"]
    if created.template.builtin:
        steps += _commands(created.target / "Makefile")
    made = f"Created {created.target.name} ({summary(created)})"
    notes = [f"Note: {note}" for note in created.notes]
    return "\n".join([made, *notes, "", "Next:", *(f"  {step}" for step in steps)])


def as_json(created: Created, answers: dict[str, Any], *, dry_run: bool) -> str:
    """The result of `agentkit new` for programs."""
    project = answers.get("project_name")
    return json.dumps(
        {
            "path": str(created.target),
            "dry_run": dry_run,
            "template": {"source": created.template.source, "version": created.template.version},
            "answers": answers,
            "names": vars(names.derive(project)) if project and created.template.builtin else {},
            "committed": created.committed,
            "notes": list(created.notes),
            "files": [vars(change) for change in created.changes],
        },
        indent=2,
    )


def progress(message: str) -> AbstractContextManager[Any]:
    """A spinner on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console

    return Console(stderr=True).status(message)
