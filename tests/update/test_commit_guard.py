"""After an update with conflicts, no marker is committed unnoticed; then git is as before."""

import shutil
import subprocess

import pytest

from tests.unit.support import Ran
from tests.update.project import Project, Start
from tests.update.state import about
from tests.update.support import Link, Program, body

HOOK = ".git/hooks/pre-commit"
OWN = '#!/bin/sh\necho ran >>"$(git rev-parse --show-toplevel)/../ran"\n'
ALL = [("commit", "-a", "-m", "x")]
WAYS = [  # each leaves more in the index
    ALL,
    [("commit", "-am", "x")],
    [("commit", "-a", "--amend", "-m", "x")],
    [("commit", "-m", "x", "a.txt")],
    [("commit", "-m", "x", "-i", "a.txt")],
    [("add", "."), ("commit", "-m", "x")],
    [("add", "-A"), ("commit", "-m", "x")],
    [("commit", "--amend", "-m", "x")],
]


@pytest.fixture
def project(start: Start) -> Project:
    """A project in which an update leaves a conflict."""
    found = start({"a.txt": body(), "sub/b.txt": "b\n", "c.txt": "c\n"})
    found.edit({"a.txt": body({3: "mine"})})
    found.template.release({"a.txt": body({3: "theirs"}), "sub/b.txt": "2\n"})
    return found


def tried(project: Project, *words: str, folder: str = ".") -> Ran:
    """What a user sees of a git that may fail."""
    where = project.root / folder
    done = subprocess.run(["git", *words], cwd=where, capture_output=True, encoding="utf-8")
    return Ran(done.returncode, done.stdout, done.stderr)


def refused(project: Project, ways: list[tuple[str, ...]], folder: str = ".") -> None:
    head = project.git("rev-parse", "HEAD")
    last = [tried(project, *words, folder=folder) for words in ways][-1]
    assert last.code != 0
    assert "markers are left in:\na.txt\n" in last.err or "unmerged" in last.err.lower(), last
    assert project.git("rev-parse", "HEAD") == head


def resolve(project: Project) -> None:
    project.put({"a.txt": body({3: "both"})})
    project.git("add", "a.txt")


def hooks(project: Project) -> dict[str, str]:
    """The hooks before a commit as they lie there."""
    return {p.name: about(p) for p in project.root.glob(f"{HOOK}*") if p.suffix != ".sample"}


def ran(project: Project) -> int:
    """How often the user's own hook has run."""
    path = project.root.parent / "ran"
    return path.read_text().count("ran") if path.exists() else 0


def test_markers_are_not_committed(project: Project) -> None:
    project.conflicted()
    refused(project, ALL, "sub")
    for ways in WAYS:
        refused(project, ways)
    resolve(project)
    project.git("commit", "--quiet", "-a", "-m", "resolved")
    assert project.git("show", "HEAD:a.txt") == body({3: "both"}).strip()
    assert not project.has(HOOK)


def test_some_markers_are_left(project: Project) -> None:
    project.edit({"c.txt": "mine\n"})
    project.template.release({"c.txt": "theirs\n"})
    project.conflicted()
    project.put({"c.txt": "both\n"})
    refused(project, ALL)


HOOKS = {"plain": Program(OWN), "not-executable": OWN, "link": Link("../../own-hook")}


@pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)
def test_the_hook_of_the_user_is_put_back(project: Project, hook: str | Program | Link) -> None:
    project.put({".git/info/exclude": "own-hook\n", "own-hook": Program(OWN), HOOK: hook})
    before = hooks(project)
    project.conflicted()
    refused(project, ALL)
    assert ran(project) == 0
    resolve(project)
    project.git("commit", "--quiet", "-m", "resolved")
    assert ran(project) == (hook != OWN)
    assert hooks(project) == before
    project.git("commit", "--quiet", "--allow-empty", "-m", "more")
    assert ran(project) == 2 * (hook != OWN)


def test_the_hook_of_the_user_can_refuse(project: Project) -> None:
    project.put({HOOK: Program("#!/bin/sh\necho not now >&2\nexit 1\n")})
    before = hooks(project)
    project.conflicted()
    resolve(project)
    done = tried(project, "commit", "-m", "x")
    assert (done.code, done.err) == (1, "not now\n")
    assert hooks(project) == before


@pytest.mark.parametrize("end", ["--abort", "--continue"])
def test_the_hook_of_the_user_is_put_back_at_the_end(project: Project, end: str) -> None:
    project.put({HOOK: Program(OWN)})
    before = hooks(project)
    project.conflicted()
    if end == "--continue":
        resolve(project)
    assert project.update(end).code == 0
    assert hooks(project) == before


def test_the_user_resets(project: Project) -> None:
    project.put({HOOK: Program(OWN)})
    before = hooks(project)
    project.conflicted()
    project.git("reset", "--quiet", "--hard")
    project.git("commit", "--quiet", "--allow-empty", "-m", "free")
    assert ran(project) == 1
    assert hooks(project) == before


def test_the_user_replaces_our_hook(project: Project) -> None:
    project.conflicted()
    project.put({HOOK: Program(OWN)})
    before = hooks(project)
    assert project.update("--abort").code == 0
    assert hooks(project) == before


def test_there_is_no_folder_for_hooks(project: Project) -> None:
    shutil.rmtree(project.root / ".git/hooks")
    project.conflicted()
    refused(project, ALL)
