"""Conflicts: how they look to the user, to git, and to other tools."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.unit.support import program
from tests.update.project import Project, Start
from tests.update.support import body

MARKED = body({3: "<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> template v2.0.0"})


@pytest.fixture
def project(start: Start) -> Project:
    """A project with conflicts of three kinds, and a file to update."""
    found = start({"a.txt": body(), "b.txt": "1\n", "gone.txt": body()})
    found.edit({"a.txt": body({3: "mine"}), "gone.txt": body({3: "mine"}), "new.txt": "mine\n"})
    new = {"a.txt": body({3: "theirs"}), "gone.txt": None, "new.txt": "theirs\n"}
    found.template.release({**new, "b.txt": "2\n"})
    return found


def test_they_are_told_and_both_sides_shown(project: Project) -> None:
    ran = project.update()
    assert (ran.code, ran.err) == (3, "")
    for path in ("a.txt", "gone.txt", "new.txt"):
        assert re.search(rf"^  conflict +{path} ", ran.out, re.M)
    assert project.read("a.txt") == MARKED
    assert project.read("b.txt") == "2\n"
    assert project.read("gone.txt") == body({3: "mine"})


def test_git_knows_of_them(project: Project) -> None:
    told = project.conflicted()
    assert told.report["conflicts"] == ["a.txt", "gone.txt", "new.txt"]
    assert project.unmerged() == {"a.txt": "123", "gone.txt": "12", "new.txt": "23"}
    status = project.git("status", "--porcelain").splitlines()
    assert {"UU a.txt", "UD gone.txt", "AA new.txt", "M  b.txt"} <= set(status)
    assert project.git("show", ":1:a.txt") == body().strip()
    assert project.git("show", ":2:a.txt") == body({3: "mine"}).strip()
    assert project.git("show", ":3:a.txt") == body({3: "theirs"}).strip()


def test_the_report_says_why(project: Project) -> None:
    reasons = {c["path"]: c["reason"] for c in project.conflicted().report["changes"]}
    assert all(reasons[path] for path in ("a.txt", "gone.txt", "new.txt"))
    assert len({reasons[path] for path in ("a.txt", "gone.txt", "new.txt")}) == 3


def test_the_template_is_named_in_the_markers(project: Project) -> None:
    project.template.release({"a.txt": body({3: "newest"})}, tag="v2.1.0")
    project.conflicted()
    assert ">>>>>>> template v2.1.0\n" in project.read("a.txt")


def test_several_conflicts_in_one_file(start: Start) -> None:
    project = start({"a.txt": body()})
    project.edit({"a.txt": body({3: "mine", 12: "mine", 25: "mine"})})
    project.template.release({"a.txt": body({3: "theirs", 12: "theirs", 25: "theirs"})})
    project.conflicted()
    assert project.read("a.txt").count("<<<<<<< yours\n") == 3


def commit_all(project: Project) -> subprocess.CompletedProcess[str]:
    command = ["git", "commit", "--all", "--message", "by the user"]
    return subprocess.run(command, cwd=project.root, capture_output=True, text=True)


def test_markers_cannot_be_committed_unnoticed(project: Project) -> None:
    project.conflicted()
    head = project.git("rev-parse", "HEAD")
    done = commit_all(project)
    assert done.returncode != 0
    assert "a.txt" in done.stderr
    assert project.git("rev-parse", "HEAD") == head
    project.put({"a.txt": body({3: "both"}), "new.txt": "both\n"})
    done = commit_all(project)
    assert done.returncode == 0, done.stderr
    assert project.git("show", "HEAD:a.txt") == body({3: "both"}).strip()
    assert not project.has(".git/hooks/pre-commit")


def test_nor_when_the_user_has_a_hook_of_his_own(project: Project, tmp_path: Path) -> None:
    script = f"touch '{tmp_path}/ran'"
    program(project.root / ".git/hooks", "pre-commit", script)
    project.conflicted()
    assert commit_all(project).returncode != 0
    project.put({"a.txt": body({3: "both"}), "new.txt": "both\n"})
    assert commit_all(project).returncode == 0
    assert (tmp_path / "ran").exists()
    assert script in project.read(".git/hooks/pre-commit")
    assert {p.name for p in (project.root / ".git/hooks").glob("pre-commit*")} <= {
        "pre-commit",
        "pre-commit.sample",
    }


def test_nor_in_a_linked_worktree(project: Project, tmp_path: Path) -> None:
    project.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "-b", "linked")
    linked = Project(tmp_path / "linked", project.template, project.run)
    linked.conflicted()
    assert commit_all(linked).returncode != 0
    project.put({"mine.txt": "mine\n"})
    project.commit()  # the other worktree has no conflict
    linked.put({"a.txt": body({3: "both"}), "new.txt": "both\n"})
    assert commit_all(linked).returncode == 0


def test_git_checkout_takes_a_side(project: Project) -> None:
    project.conflicted()
    project.git("checkout", "--ours", "a.txt")
    assert project.read("a.txt") == body({3: "mine"})
    project.git("checkout", "--theirs", "a.txt", "new.txt")
    assert (project.read("a.txt"), project.read("new.txt")) == (body({3: "theirs"}), "theirs\n")
    project.git("checkout", "--merge", "a.txt")
    assert "<<<<<<<" in project.read("a.txt")


def test_git_mergetool_works(project: Project) -> None:
    project.conflicted()
    project.git("config", "mergetool.mine.cmd", 'cat "$LOCAL" "$REMOTE" >"$MERGED"')
    project.git("config", "mergetool.mine.trustExitCode", "true")
    project.git("mergetool", "--no-prompt", "--tool=mine", "a.txt", "new.txt")
    assert project.read("new.txt") == "mine\ntheirs\n"
    assert project.unmerged() == {"gone.txt": "12"}


def test_nothing_else_is_done_while_they_are_open(project: Project) -> None:
    project.conflicted()
    before = project.state()
    for args in ((), ("--dry-run",), ("--branch",), ("--to", "v2.0.0")):
        ran = project.update(*args)
        assert ran.code in (1, 3), ran
        assert "--abort" in ran.err
        assert project.state() == before


def test_a_prompt_for_an_assistant(project: Project) -> None:
    told = project.conflicted("--explain-conflicts")
    before = project.git("status", "--porcelain", "--ignored")
    prompt = next(Path(word) for word in told.notes.split() if word.endswith(".md"))
    text = prompt.read_text()
    assert "template v2.0.0" in text
    for part in ("a.txt", "gone.txt", "new.txt", "line 3", "mine", "theirs"):
        assert part in text
    assert "??" not in before


def test_conflicts_do_not_make_a_branch(project: Project) -> None:
    before = project.state()
    ran = project.update("--branch")
    assert ran.code == 3
    assert "a.txt" in ran.out
    assert project.state() == before


def test_conflicts_are_not_committed(project: Project) -> None:
    head = project.git("rev-parse", "HEAD")
    project.conflicted("--commit")
    assert project.git("rev-parse", "HEAD") == head


def test_conflicts_of_a_project_without_hooks_folder(project: Project) -> None:
    for path in (project.root / ".git/hooks").iterdir():
        path.unlink()
    (project.root / ".git/hooks").rmdir()
    project.conflicted()
    assert commit_all(project).returncode != 0
