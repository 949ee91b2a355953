"""Every part of the catalog in a project that is older than the template, and lived in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agentkit import parts, source
from agentkit.parts import Catalog
from tests.template.projects import CATALOG
from tests.unit.support import tree
from tests.update.lived_in import AGENT, EDITED, Edits, equals_a_fresh_render, lived_in
from tests.update.released import Run, done, written_by

RELEASED = list(source.index())
KINDS = [kind for kind in CATALOG if kind != "pattern"]  # test_patterns.py is about these
EVERYTHING = EDITED | AGENT
OPTIONS = ("my-agent", "--commit", "--defaults")
Command = tuple[str, str, str]


@pytest.mark.parametrize("version", RELEASED)
def test_an_update_keeps_the_work_of_the_user(
    agentkit: Run, work: Path, tmp_path: Path, version: str
) -> None:
    project = lived_in(agentkit, version, EVERYTHING)
    texts = {path: (project / path).read_text() for path in EVERYTHING}
    assert [path for path, (_, new) in EVERYTHING.items() if new not in texts[path]] == []
    equals_a_fresh_render(project, tmp_path, EVERYTHING, tree(project))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("version", RELEASED)
def test_parts_come_and_go(
    agentkit: Run, work: Path, tmp_path: Path, version: str, kind: str
) -> None:
    """Each part in a project of one release; test-long has each in projects of all of them."""
    mine = RELEASED.index(version)
    names = [*CATALOG[kind]][mine :: len(RELEASED)]
    project = lived_in(agentkit, version, EVERYTHING)
    walk(agentkit, project, tmp_path, EVERYTHING, commands(kind, names))


@pytest.mark.long
@pytest.mark.parametrize("version", RELEASED)
def test_every_part_and_every_pattern(
    agentkit: Run, work: Path, tmp_path: Path, version: str
) -> None:
    project = lived_in(agentkit, version, EDITED)
    steps = [step for kind in CATALOG for step in commands(kind, [*CATALOG[kind]])]
    walk(agentkit, project, tmp_path, EDITED, iter(steps))


def walk(
    agentkit: Run, project: Path, scratch: Path, edits: Edits, steps: Iterator[Command]
) -> None:
    """Run one command after the other: each is a clean merge, and makes a fresh render."""
    for step in steps:
        old = tree(project)
        for path in written_by("react") if step[1] == "pattern" else ():
            del old[path]
        done(agentkit, *step, *OPTIONS)
        equals_a_fresh_render(project, scratch, edits, old)


def commands(kind: str, names: list[str]) -> Iterator[Command]:
    """What has each part of a kind come and go, from the default project and back."""
    found = parts.offered()
    had = found.answers[found.question(kind)]
    if not isinstance(had, list):  # a project has one
        yield from (("set", kind, name) for name in [*(n for n in names if n != had), had])
        return
    for name in names:
        if name not in had:
            yield from (("add", kind, name), ("remove", kind, name))
            for need in CATALOG[kind][name].get("needs", ()):  # came along, and stays
                other, _, key = need.partition(".")
                if key not in found.answers[found.question(other)]:
                    yield "remove", other, key
        elif not needed(found, f"{kind}.{name}"):
            yield from (("remove", kind, name), ("add", kind, name))


def needed(found: Catalog, part: str) -> bool:
    """Does another part of the default project need this one?"""
    chosen = (p for p in found.parts if p.name in found.answers[found.question(p.kind)])
    return any(part in other.needs for other in chosen)
