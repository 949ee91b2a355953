"""Markers of conflicts that are left, in every form that they take."""

import subprocess
from collections.abc import Callable

import pytest

from tests.update.project import CONFLICTS, Project, Start
from tests.update.support import body

EXAMPLE = "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> topic\n"


def crlf(text: str) -> str:
    return text.replace("\n", "\r\n")


@pytest.fixture
def project(start: Start) -> Project:
    """A project with a conflict in a file with CRLF, and one in a text about conflicts."""
    found = start({"a.txt": body(), "git.md": body(end=EXAMPLE)})
    mine = body({3: "mine"})
    found.edit({"a.txt": crlf(mine), "git.md": mine + EXAMPLE})
    theirs = body({3: "theirs"})
    found.template.release({"a.txt": theirs, "git.md": theirs + EXAMPLE})
    return found


def whole(project: Project, name: str) -> None:
    """Nothing is resolved."""


def anew(project: Project, name: str) -> None:
    """Git wrote the markers anew, with its own labels."""
    project.git("checkout", "--quiet", "--merge", name)


def first_gone(project: Project, name: str) -> None:
    """Only the first marker was removed."""
    text = project.read(name)
    project.put({name: text[: text.index("<<<<<<<")] + text[text.index("mine") :]})


def last_gone(project: Project, name: str) -> None:
    """Only the last marker was removed."""
    text = project.read(name)
    at = text.index(">>>>>>>")
    project.put({name: text[:at] + text[text.index("line 4", at) :]})


LEFT = (whole, anew, first_gone, last_gone)


@pytest.mark.parametrize("left", LEFT)
@pytest.mark.parametrize("name", ["a.txt", "git.md"])
def test_they_are_not_committed(
    project: Project, name: str, left: Callable[[Project, str], None]
) -> None:
    project.conflicted()
    other = {"a.txt": "git.md", "git.md": "a.txt"}[name]
    project.put({other: "resolved\n"})
    left(project, name)
    head = project.git("rev-parse", "HEAD")
    command = ["git", "commit", "--all", "--quiet", "--message", "by the user"]
    done = subprocess.run(command, cwd=project.root, capture_output=True, text=True)
    assert done.returncode != 0
    assert name in done.stderr
    assert other not in done.stderr
    assert project.git("rev-parse", "HEAD") == head
    project.git("add", name, other)
    ran = project.update("--continue")
    assert ran.code == CONFLICTS
    assert name in ran.err
    assert other not in ran.err


def test_an_example_of_markers_is_not_one(project: Project) -> None:
    project.conflicted()
    project.put({"a.txt": crlf(body({3: "both"})), "git.md": body({3: "both"}) + EXAMPLE})
    project.git("add", "a.txt", "git.md")
    assert project.update("--continue").code == 0
    project.git("commit", "--quiet", "--message", "by the user")
    assert project.told().report["changes"] == []


def test_an_example_elsewhere_does_not_stop_a_commit(project: Project) -> None:
    project.edit({"about.md": "<<<<<<< yours\n=======\n>>>>>>> template v1\n"})
    project.conflicted()
    project.put({"a.txt": "resolved\n", "git.md": "resolved\n"})
    project.git("commit", "--all", "--quiet", "--message", "by the user")
    assert project.git("status", "--porcelain") == ""
