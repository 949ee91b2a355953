"""The two ways out of an update with conflicts."""

import pytest

from tests.update.project import Project, Start
from tests.update.support import body

FILES = {
    "a.txt": body(),
    "b.txt": "1\n",
    "gone/g.txt": "g\n",
    "l.png": b"\x89\0\1",
    "mv.txt": "m\n" * 9,
}


@pytest.fixture
def project(start: Start) -> Project:
    """A project in which an update leaves conflicts and changes much else."""
    found = start({**FILES, ".gitignore": "*.local\n"})
    found.edit({"a.txt": body({3: "mine"}), "l.png": b"\x89\0\2", "dropped.txt": "x\n"})
    new = {"b.txt": "2\n", "gone/g.txt": None, "l.png": b"\x89\0\3", "mv.txt": None}
    found.template.release({"a.txt": body({3: "theirs"}), "to/mv.txt": "m\n" * 9, **new})
    found.put({"untracked/u.txt": "mine\n", "x.local": "mine\n", "gone/mine.txt": "mine\n"})
    return found


def test_abort_restores_everything(project: Project) -> None:
    before = project.state()
    project.conflicted()
    assert project.state() != before
    ran = project.update("--abort")
    assert ran.code == 0, ran
    assert project.state() == before


def test_after_abort_the_update_can_be_made_again(project: Project) -> None:
    first = project.conflicted().report
    project.update("--abort")
    assert project.conflicted().report == first


def test_after_abort_commits_are_free(project: Project) -> None:
    project.conflicted()
    project.update("--abort")
    project.edit({"a.txt": "<<<<<<< yours\n"})
    assert not project.has(".git/hooks/pre-commit")


def test_abort_keeps_a_copy_of_what_was_resolved(project: Project) -> None:
    project.conflicted()
    project.put({"a.txt": body({3: "an hour of work"}), "later.txt": "later\n"})
    ran = project.update("--abort")
    assert ran.code == 0, ran
    assert "a.txt" in ran.out + ran.err
    assert project.read("a.txt") == body({3: "mine"})
    assert project.read("later.txt") == "later\n"
    kept = [p for p in (project.root / ".git/agentkit").rglob("*") if p.is_file()]
    assert any("an hour of work" in p.read_text(errors="replace") for p in kept)


def test_abort_after_everything_was_added(project: Project) -> None:
    before = project.state()
    project.conflicted()
    project.git("add", "a.txt", "l.png")
    assert project.update("--abort").code == 0
    assert project.state() == before


def test_continue_while_conflicts_are_left(project: Project) -> None:
    project.conflicted()
    before = project.state()
    ran = project.update("--continue")
    assert ran.code == 3
    assert "a.txt" in ran.err
    assert "l.png" in ran.err
    project.git("add", "l.png")
    ran = project.update("--continue")
    assert ran.code == 3
    assert "a.txt" in ran.err
    assert "l.png" not in ran.err
    assert project.state()[0] == before[0]


def test_continue_when_markers_were_added(project: Project) -> None:
    project.conflicted()
    project.git("add", "a.txt", "l.png")
    ran = project.update("--continue")
    assert ran.code == 3
    assert "a.txt" in ran.err


def test_continue_when_everything_is_resolved(project: Project) -> None:
    project.conflicted()
    project.put({"a.txt": body({3: "both"})})
    project.git("add", "a.txt", "l.png")
    before = project.state()
    assert project.update("--continue").code == 0
    assert project.state() == before
    assert not project.has(".git/hooks/pre-commit")
    project.git("commit", "--quiet", "--message", "updated")
    assert project.told().report["changes"] == []
    assert project.read("a.txt") == body({3: "both"})


def test_continue_and_commit(project: Project) -> None:
    project.conflicted()
    project.put({"a.txt": body({3: "both"})})
    project.git("add", "a.txt", "l.png")
    ran = project.update("--continue", "--commit")
    assert ran.code == 0, ran
    assert project.git("show", "HEAD:a.txt") == body({3: "both"}).strip()
    assert project.git("diff", "HEAD", "--name-only") == ""


@pytest.mark.parametrize("option", ["--abort", "--continue"])
def test_there_is_no_update_to_end(project: Project, option: str) -> None:
    assert "no update" in project.refused(option)


@pytest.mark.parametrize("option", ["--abort", "--continue"])
def test_a_clean_update_is_over_at_once(project: Project, option: str) -> None:
    project.edit({"a.txt": body(), "l.png": b"\x89\0\1"})
    project.told()
    assert "no update" in project.refused(option)


def test_the_user_commits_without_continue(project: Project) -> None:
    project.conflicted()
    project.put({"a.txt": body({3: "both"})})
    project.commit()
    assert project.told().report["changes"] == []
    project.template.release({"b.txt": "3\n"})
    assert project.told().actions == {"b.txt": "updated"}


def test_git_reset_is_a_way_out_too(project: Project) -> None:
    before = project.state()
    project.conflicted()
    project.git("reset", "--quiet", "--hard")
    assert project.state()[0] == before[0]
    assert project.conflicted().actions["a.txt"] == "conflict"


@pytest.mark.parametrize("args", [("--abort", "--continue"), ("--abort", "--to", "v2.0.0")])
def test_options_that_do_not_go_together(project: Project, args: tuple[str, ...]) -> None:
    ran = project.update(*args)
    assert ran.code in (1, 2)
