"""Several runs at once, and a user who goes on working meanwhile."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.support import spawn
from tests.update.paused import DRAFT, WRITE, Paused, over, until
from tests.update.project import Project, Start
from tests.update.support import body

MERGED = body({3: "mine", 28: "theirs"})


@pytest.fixture
def project(start: Start) -> Project:
    """A project with an edit, for which there is a new version."""
    found = start({"a.txt": body(), "b.txt": body(), ".gitignore": "*.local\n"})
    found.edit({"a.txt": body({3: "mine"})})
    found.template.release({"a.txt": body({28: "theirs"}), "new.txt": "n\n", "x/new.txt": "n\n"})
    return found


@pytest.mark.parametrize("at", [DRAFT, WRITE])
def test_a_second_run_is_refused(project: Project, tmp_path: Path, at: str) -> None:
    first = Paused(project, at, tmp_path)
    for words in ((), ("--abort",), ("--continue",), ("--branch",)):
        ran = project.update(*words)
        assert ran.code == 1
        assert "another agentkit is at work here" in ran.err
    assert first.end().code == 0
    assert project.read("a.txt") == MERGED
    assert over(project)


def test_another_work_tree_is_updated_meanwhile(project: Project, tmp_path: Path) -> None:
    project.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "-b", "linked")
    linked = replace(project, root=tmp_path / "linked")
    first = Paused(project, WRITE, tmp_path)
    assert linked.update().code == 0
    assert linked.read("a.txt") == MERGED
    assert project.read("a.txt") == body({3: "mine"})
    assert first.end().code == 0
    assert project.read("a.txt") == MERGED


def test_a_git_that_outlives_its_run_is_waited_for(project: Project, tmp_path: Path) -> None:
    first = Paused(project, WRITE, tmp_path)
    first.run.kill()
    first.run.communicate()
    assert "another agentkit is at work here" in project.update().err
    first.go.touch()
    until(first.over.exists)
    ran = spawn("update", str(project.root), "--continue")
    while "another agentkit" in ran.err:  # the git has ended, its shell not yet
        ran = spawn("update", str(project.root), "--continue")
    assert (ran.code, ran.err) == (0, "agentkit: an interrupted update was finished\n")
    assert project.read("a.txt") == MERGED
    assert over(project)


@pytest.mark.parametrize("words", [("add", "b.txt"), ("commit", "-am", "x"), ("reset", "--hard")])
def test_no_other_git_changes_the_index_meanwhile(
    project: Project, tmp_path: Path, words: tuple[str, ...]
) -> None:
    first = Paused(project, WRITE, tmp_path)
    project.put({"b.txt": "changed\n"})
    done = subprocess.run(["git", *words], cwd=project.root, capture_output=True, text=True)
    assert done.returncode != 0
    assert "index.lock" in done.stderr
    assert first.end().code == 0
    assert project.read("b.txt") == "changed\n"
    assert project.git("diff", "--name-only") == "b.txt"
    assert project.git("diff", "--cached", "--name-only", "--", "b.txt") == ""


def during(project: Project, script: str) -> str:
    """An option that makes the user do something once the result is merged."""
    return f"--verify=cd '{project.root}' && {script}"


REFUSED = {
    "edit": ("echo mine >>a.txt", "uncommitted changes"),
    "edit-another": ("echo mine >>b.txt", "uncommitted changes"),
    "stage": ("echo x >added && git add added", "uncommitted changes"),
    "in-the-way": ("mkdir x && echo mine >x/new.txt", "x/new.txt"),
    "file-for-folder": ("echo mine >x", "in the way: x\n"),
    "folder-for-file": ("mkdir new.txt && echo mine >new.txt/mine", "in the way: new.txt/mine\n"),
    "ignored": ("mkdir new.txt && echo mine >new.txt/m.local", "in the way: new.txt/m.local\n"),
    "commit": ("echo mine >>b.txt && git commit -qam mine", "HEAD has moved"),
    "another-branch": ("git checkout -q -b other && git commit -q --allow-empty -m x", "moved"),
    "lock": ("touch .git/index.lock", "index.lock: another git is at work here"),
    "merge": ("git rev-parse HEAD >.git/MERGE_HEAD", "a merge is in progress"),
}


@pytest.mark.parametrize(("script", "words"), REFUSED.values(), ids=REFUSED)
def test_what_the_user_did_meanwhile_stays(project: Project, script: str, words: str) -> None:
    ran = project.update(during(project, script))
    assert (ran.code, ran.out) == (1, "")
    assert words in ran.err
    assert not (project.root / ".git/agentkit/journal.json").exists()
    assert project.read("a.txt").startswith(body({3: "mine"}))
    assert project.version() == "v1.0.0"
    before = project.files()
    assert any(b"mine" in content for content in before.values())
    lock = project.root / ".git/index.lock"
    assert lock.exists() == (script == REFUSED["lock"][0])


CARRIED_ON = {
    "untracked": "echo mine >mine.txt",
    "branch": "git checkout -q -b other",
    "ignored": "echo mine >x.local",
    "stat": "touch a.txt",
    "packed": "git gc -q --prune=now && git pack-refs --all",
}


@pytest.mark.parametrize("script", CARRIED_ON.values(), ids=CARRIED_ON)
def test_what_is_not_in_the_way_does_not_stop_it(project: Project, script: str) -> None:
    ran = project.update(during(project, script))
    assert ran.code == 0, ran
    assert project.read("a.txt") == MERGED
    assert over(project)
    assert project.git("diff", "--name-only") == ""


def test_a_commit_takes_nothing_else_along(project: Project) -> None:
    head = project.git("rev-parse", "HEAD")
    ran = project.update("--commit", during(project, "echo x >added && git add added"))
    assert ran.code == 1
    assert project.git("rev-parse", "HEAD") == head
    assert project.git("diff", "--cached", "--name-only") == "added"
