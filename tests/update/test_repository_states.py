"""When a repository is not in a state to be updated, nothing happens but a clear refusal."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.support import git
from tests.update.project import Project, Start
from tests.update.support import body


@pytest.fixture
def project(start: Start) -> Project:
    """A project with an edit, for which there is a new version."""
    found = start({"a.txt": body(), "b.txt": body()})
    found.edit({"a.txt": body({3: "mine"})})
    found.template.release({"a.txt": body({28: "theirs"})})
    return found


def test_no_repository(project: Project, tmp_path: Path) -> None:
    (project.root / ".git").rename(tmp_path / "elsewhere")
    before = project.files()
    ran = project.update()
    assert (ran.code, ran.out) == (1, "")
    assert "git" in ran.err
    assert project.files() == before


def test_a_folder_that_is_not_there(project: Project, tmp_path: Path) -> None:
    ran = project.run("update", str(tmp_path / "nowhere"))
    assert ran.code in (1, 2)
    assert "nowhere" in ran.err


def test_a_bare_repository(project: Project, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", str(project.root), "bare.git")
    ran = project.run("update", str(tmp_path / "bare.git"))
    assert ran.code == 1
    assert ran.err.startswith("error: ")
    assert "bare" in ran.err


def test_before_the_first_commit(project: Project, tmp_path: Path) -> None:
    unborn = replace(project, root=project.template.generate(tmp_path / "new", "v1.0.0"))
    unborn.git("init", "--quiet")
    assert "commit" in unborn.refused()
    unborn.git("add", "--all")
    assert "commit" in unborn.refused()


def dirty(project: Project) -> None:
    project.put({"b.txt": "changed\n"})


def staged(project: Project) -> None:
    dirty(project)
    project.git("add", "b.txt")


def staged_and_restored(project: Project) -> None:
    staged(project)
    project.put({"b.txt": body()})


def removed(project: Project) -> None:
    project.put({"b.txt": None})


def forgotten(project: Project) -> None:
    project.git("rm", "--quiet", "--cached", "b.txt")


def intended(project: Project) -> None:
    project.put({"new-b.txt": "x\n"})
    project.git("add", "--intent-to-add", "new-b.txt")


def mode(project: Project) -> None:
    (project.root / "b.txt").chmod(0o755)


DIRTY = (dirty, staged, staged_and_restored, removed, forgotten, intended, mode)


@pytest.mark.parametrize("change", DIRTY)
def test_changes_that_are_not_committed(
    project: Project, change: Callable[[Project], None]
) -> None:
    change(project)
    assert "b.txt" in project.refused()


def test_a_file_that_was_only_touched(project: Project) -> None:
    project.put({"b.txt": body()})
    assert project.told().actions == {"a.txt": "merged"}


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_changes_that_git_was_told_to_overlook(project: Project, flag: str) -> None:
    project.git("update-index", flag, "a.txt")
    project.put({"a.txt": body({3: "mine", 20: "unseen"})})
    assert project.update().code in (0, 1, 3)
    assert "unseen\n" in project.read("a.txt")


def merging(project: Project) -> None:
    project.git("merge", "--quiet", "--no-commit", "--no-ff", "-s", "ours", "topic")


def rebasing(project: Project) -> None:
    project.git("-c", "sequence.editor=sed -i 1ibreak", "rebase", "--interactive", "HEAD~1")


def picking(project: Project) -> None:
    failing(project, "cherry-pick", "topic")


def reverting(project: Project) -> None:
    failing(project, "revert", "--no-edit", "HEAD~1")


def bisecting(project: Project) -> None:
    project.git("bisect", "start")


def applying(project: Project) -> None:
    patch = project.root.parent / "topic.patch"
    patch.write_text(project.git("format-patch", "--stdout", "-1", "topic") + "\n")
    failing(project, "am", str(patch))


def unmerged(project: Project) -> None:
    with pytest.raises(AssertionError):
        project.git("cherry-pick", "--no-commit", "topic")


def failing(project: Project, *args: str) -> None:
    """Run git for a conflict, and resolve it but for the last step."""
    with pytest.raises(AssertionError):
        project.git(*args)
    project.git("checkout", "--quiet", "HEAD", "--", ".")


BUSY = {
    "merge": merging,
    "rebase": rebasing,
    "cherry-pick": picking,
    "revert": reverting,
    "bisect": bisecting,
    "am": applying,
    "b.txt": unmerged,
}


@pytest.mark.parametrize(("word", "begin"), BUSY.items(), ids=BUSY)
def test_something_in_progress(
    project: Project, word: str, begin: Callable[[Project], None]
) -> None:
    project.git("checkout", "--quiet", "-b", "topic")
    project.edit({"b.txt": body({3: "topic"})})
    project.git("checkout", "--quiet", "main")
    project.edit({"b.txt": body({3: "first"})})
    project.edit({"b.txt": body({3: "second"})})
    begin(project)
    assert word in project.refused()


def test_a_lock_that_somebody_left(project: Project) -> None:
    project.put({".git/index.lock": ""})
    assert "index.lock" in project.refused()
    assert project.has(".git/index.lock")
