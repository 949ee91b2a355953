"""The fixtures of tests/unit, and a project to update."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.conftest import agentkit, cache, home, work
from tests.unit.support import git
from tests.update.project import Project, Run, Start
from tests.update.support import QUESTIONS, Files, template

__all__ = ["agentkit", "cache", "home", "start", "work"]


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
