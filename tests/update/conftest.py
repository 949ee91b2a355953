"""The fixtures of tests/unit, and a project to update."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.conftest import agentkit, cache, checkout, home, work
from tests.unit.support import commit, git, write
from tests.update.overlaid import follower, org, stranger
from tests.update.own import own
from tests.update.project import Project, Run, Start
from tests.update.support import QUESTIONS, Files, Template, template

__all__ = [
    "agentkit", "bare", "cache", "checkout", "follower", "home", "mine", "org", "start", "stranger",
    "work",
]  # fmt: skip

PYPROJECT = """[project]
name = "cool-thing"
description = "It is cool."
authors = [{name = "Bob"}]
"""


@pytest.fixture
def start(agentkit: Run, tmp_path: Path) -> Start:
    """A project of the first version of a template, committed."""

    def begin(files: Files, questions: str = QUESTIONS, **more: Any) -> Project:
        made = template(tmp_path / "template", files, questions)
        project = Project(made.generate(tmp_path / "project", **more), made, agentkit)
        git(project.root, "init", "--quiet", "--initial-branch=main")
        project.commit()
        return project

    return begin


@pytest.fixture
def mine(agentkit: Run, tmp_path: Path) -> Project:
    """A project of the built-in template, with nothing changed in it."""
    return own(tmp_path / "my-agent", agentkit)


@pytest.fixture
def bare(agentkit: Run, tmp_path: Path) -> Project:
    """A repository that no template made."""
    files = {"pyproject.toml": PYPROJECT, "README.md": "# Cool\n", "src/main.py": "x = 1\n"}
    root = write(tmp_path / "bare", files)
    commit(root)
    return Project(root, Template(root), agentkit)
