"""After a crash, the next command finishes the update or undoes it, whatever was done since."""

import os
from pathlib import Path

import pytest

from tests.update.paused import crash, over
from tests.update.project import ANSWERS, Project, Start
from tests.update.support import body

MERGED = body({3: "mine", 28: "theirs"})
FINISHED = "agentkit: an interrupted update was finished\n"
LOCK, JOURNAL = ".git/index.lock", ".git/agentkit/journal.json"


@pytest.fixture
def fresh(start: Start) -> Project:
    """A project with an edit, for which there is a new version."""
    found = start({"a.txt": body(), "b.txt": "b\n", "gone/g.txt": "g\n"})
    found.edit({"a.txt": body({3: "mine"})})
    found.template.release({"a.txt": body({28: "theirs"}), "gone/g.txt": None, "new/n.txt": "n\n"})
    return found


@pytest.fixture
def project(fresh: Project) -> Project:
    """The same after a crash, with all files written and the index as it was."""
    crash(fresh)
    assert fresh.has(LOCK)
    assert fresh.has(JOURNAL)
    return fresh


def finished(project: Project) -> None:
    assert project.read("a.txt") == MERGED
    assert project.read("new/n.txt") == "n\n"
    assert not project.has("gone/g.txt")
    assert project.git("diff", "--name-only") == ""
    assert not project.has(JOURNAL)
    assert not project.has(LOCK)


def undone(project: Project) -> None:
    assert project.read("a.txt") == body({3: "mine"})
    assert project.read("gone/g.txt") == "g\n"
    assert not os.path.isfile(project.root / "new/n.txt")
    assert project.git("status", "--porcelain", "--untracked-files=no") == ""
    assert not project.has(JOURNAL)
    assert not project.has(LOCK)


def test_a_half_written_project_cannot_be_committed(project: Project) -> None:
    with pytest.raises(AssertionError, match=r"index\.lock"):
        project.commit()


def test_it_was_committed_all_the_same(project: Project) -> None:
    project.put({LOCK: None, "new/n.txt": None})
    project.commit()
    ran = project.update("--continue")
    assert (ran.code, ran.err) == (0, FINISHED)
    finished(project)


def test_head_is_elsewhere(project: Project) -> None:
    project.put({LOCK: None})
    project.git("checkout", "--quiet", "--force", "--orphan", "other")
    project.git("clean", "-dfq")
    project.edit({"a.txt": "of another branch\n"})
    before = project.files()
    ran = project.update("--continue")
    assert "an interrupted update was given up: HEAD is elsewhere now" in ran.err
    assert project.files() == before
    assert over(project)


BROKEN = {"gone": None, "empty": "", "cut": "_commit: v2.0"}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_the_answers_file_was_being_written(project: Project, content: str | None) -> None:
    project.put({ANSWERS: content})
    ran = project.update("--continue")
    assert (ran.code, ran.err) == (0, FINISHED)
    finished(project)
    assert project.version() == "v2.0.0"


COMMANDS = {
    "status": ("status", "."),
    "diff": ("diff", "."),
    "explain": ("explain", "a.txt"),
    "set": ("set", "name", "other", "."),
    "update": ("update", "."),
    "branch": ("update", "--branch", "."),
}


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_the_next_command_finishes_it_and_says_so_first(
    project: Project, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(project.root)
    project.put({ANSWERS: "_commit"})
    ran = project.run(*words)
    assert ran.err.startswith(FINISHED)
    if words[0] in ("set", "update"):
        assert ran.code == 1
        assert "there are uncommitted changes" in ran.err
    finished(project)


def test_it_was_killed_before_the_first_step(fresh: Project) -> None:
    crash(fresh, at="update-index -q --refresh")
    assert fresh.has(LOCK)
    assert not fresh.has(JOURNAL)
    ran = fresh.update()
    assert (ran.code, ran.err) == (0, "agentkit: an interrupted update was undone\n")
    finished(fresh)


def test_it_was_killed_before_there_was_anything_to_write(fresh: Project, tmp_path: Path) -> None:
    before = fresh.state()
    crash(fresh, at="merge-tree")
    assert fresh.state() == before
    assert over(fresh)
    assert list((tmp_path / "tmp").iterdir())
    ran = fresh.update()
    assert (ran.code, ran.err) == (0, "")
    finished(fresh)
    assert not list((tmp_path / "tmp").iterdir())


def test_another_git_is_at_work_now(project: Project) -> None:
    project.put({LOCK: "of somebody else"})
    for option in ("--continue", "--abort"):
        ran = project.update(option)
        assert ran.code == 1
        assert "another git is at work here" in ran.err
    assert project.read(LOCK) == "of somebody else"
    project.put({LOCK: None})
    assert project.update("--continue").code == 0
    finished(project)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"state": "writing"}', "\0" * 40])
def test_a_damaged_journal_is_said(project: Project, content: str) -> None:
    project.put({JOURNAL: content})
    before = project.files()
    for words in ((), ("--abort",), ("--continue",), ("--dry-run",)):
        ran = project.update(*words)
        assert ran.code == 1
        assert f"{project.root / JOURNAL}: the journal of an update cannot be read" in ran.err
    assert project.files() == before
