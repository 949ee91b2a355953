"""The guard of a commit where hooks lie elsewhere, and where several work trees share them."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.support import git
from tests.update.project import Project
from tests.update.support import Link, Program, put
from tests.update.test_commit_guard import ALL, HOOK, OWN, hooks, ran, refused, resolve
from tests.update.test_commit_guard import project as project

ELSEWHERE = {"relative": ".husky", "absolute": "{root}/own-hooks", "home": "~/hooks"}


@pytest.mark.parametrize("place", ELSEWHERE.values(), ids=ELSEWHERE)
def test_hooks_that_lie_elsewhere_are_left_alone(project: Project, place: str) -> None:
    project.git("config", "core.hooksPath", place.format(root=project.root))
    notes = project.conflicted().notes
    assert "nothing stops `git commit -a` from committing the conflict markers" in notes
    assert not project.has(HOOK)
    resolve(project)
    assert project.update("--continue").code == 0


def test_hooks_that_are_said_to_be_where_they_are(project: Project) -> None:
    project.git("config", "core.hooksPath", ".git/hooks")
    assert project.conflicted().notes == ""
    refused(project, ALL)


def test_the_folder_for_hooks_is_a_link_to_tracked_files(project: Project) -> None:
    shutil.rmtree(project.root / ".git/hooks")
    project.put({".git/hooks": Link("../githooks")})
    project.edit({"githooks/pre-commit": Program(OWN)})
    assert "nothing stops" in project.conflicted().notes
    assert project.read("githooks/pre-commit") == OWN


def test_the_folder_for_hooks_is_a_file(project: Project) -> None:
    shutil.rmtree(project.root / ".git/hooks")
    project.put({".git/hooks": ""})
    assert "nothing stops" in project.conflicted().notes


def test_it_is_not_said_without_need(project: Project) -> None:
    assert project.conflicted().notes == ""


@pytest.fixture
def linked(project: Project, tmp_path: Path) -> Project:
    """Another work tree of the same repository, which shares the hooks."""
    project.put({HOOK: Program(OWN)})
    project.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "-b", "linked")
    return replace(project, root=tmp_path / "linked")


def commits(project: Project) -> None:
    """Commit in this work tree; the user's own hook runs."""
    before = ran(project)
    put(project.root, {"more.txt": f"{before}\n"})
    git(project.root, "add", "more.txt")
    git(project.root, "commit", "--quiet", "-m", "more")
    assert ran(project) == before + 1


def test_another_work_tree_commits_freely(project: Project, linked: Project) -> None:
    before = hooks(project)
    project.conflicted()
    commits(linked)
    commits(linked)
    refused(project, ALL)
    resolve(project)
    project.git("commit", "--quiet", "-m", "resolved")
    assert hooks(project) == before
    commits(linked)


def test_two_work_trees_have_conflicts(project: Project, linked: Project) -> None:
    before = hooks(project)
    project.conflicted()
    linked.conflicted()
    refused(linked, ALL)
    assert project.update("--abort").code == 0
    refused(linked, ALL)
    commits(project)
    assert linked.update("--abort").code == 0
    assert hooks(project) == before
