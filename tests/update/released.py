"""A project of a released template, as its user has it, and what it becomes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from agentkit import answers, migrations
from tests.template import projects
from tests.unit.support import Ran

Run = Callable[..., Ran]
YOURS = answers.load(projects.ROOT).settings["_skip_if_exists"]


def made(agentkit: Run, version: str, **given: list[str]) -> Path:
    """A new project of one version, with these answers."""
    data = [f"--data={name}={value}" for name, value in given.items()]
    assert agentkit("new", "my-agent", "--defaults", "--ref", version, *data).code == 0
    return Path("my-agent")


def fresh(folder: Path, project: Path, version: str) -> Path:
    """A new project of the working tree's template with the answers of an old one."""
    recorded = yaml.safe_load((project / ".copier-answers.yml").read_text())
    steps = migrations.between(migrations.load(projects.ROOT), version, "dev")
    given: dict[str, Any] = {k: v for k, v in recorded.items() if not k.startswith("_")}
    told, _ = migrations.migrate_answers(steps, given)
    return projects.make(folder, told, told.pop("project_name"))


def differing(one: Path, other: Path) -> set[str]:
    """The files that two projects do not share."""
    ours, theirs = projects.digest(one), projects.digest(other)
    return {path for path in {*ours, *theirs} if ours.get(path) != theirs.get(path)}


def is_yours(path: str) -> bool:
    """Does an update of this template leave a file alone?"""
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(YOURS).match_file(path)


def done(agentkit: Run, *words: str) -> str:
    """What a command says that must not leave a conflict."""
    ran = agentkit(*words)
    assert ran.code == 0, ran.out + ran.err
    return ran.out


def written_by(pattern: str) -> list[str]:
    """The files of a pattern; another one replaces them."""
    part = projects.ROOT / f"template/project/{{{{use.pattern.{pattern}}}}}"
    return [path.relative_to(part).as_posix() for path in projects.files(part)]
