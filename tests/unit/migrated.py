"""What the tests of migrations share."""

from pathlib import Path

from agentkit import migrations
from agentkit.migrations import Migration
from tests.unit.support import write

FILE = "template/migrations.yml"


def load(root: Path, text: str) -> tuple[Migration, ...]:
    return migrations.load(write(root, {FILE: text}))


def declared(root: Path, *sections: str) -> tuple[Migration, ...]:
    """One migration for each, in the versions 0.1.0, 0.2.0, and so on."""
    entries = [f"- version: 0.{n}.0\n  why: w\n  {s}\n" for n, s in enumerate(sections, 1)]
    return load(root, "".join(entries))
