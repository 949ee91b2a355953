"""Where the result goes: into the work tree, a commit, a branch; and only if it passes."""

from pathlib import Path

import pytest

from tests.unit.support import commit, git, write
from tests.update.project import Project, Start
from tests.update.support import body

MERGED = body({3: "mine", 28: "theirs"})


@pytest.fixture
def project(start: Start) -> Project:
    """A project with an edit, for which there is a new version."""
    found = start({"a.txt": body(), "old.txt": "old\n"})
    found.edit({"a.txt": body({3: "mine"})})
    found.template.release({"a.txt": body({28: "theirs"}), "old.txt": None, "n.txt": "n\n"})
    return found


@pytest.mark.parametrize("name", ["agentkit/update", "chore/template"])
def test_a_branch(project: Project, name: str) -> None:
    before, head = project.state(), project.git("rev-parse", "HEAD")
    own = name == "chore/template"
    told = project.told(f"--branch={name}" if own else "--branch").report
    assert (told["branch"], told["applied"]) == (name, False)
    assert told["commit"] == project.git("rev-parse", name)
    assert project.git("rev-parse", f"{name}^") == head
    assert project.git("show", f"{name}:a.txt") == MERGED.strip()
    project.git("branch", "--quiet", "-D", name)
    assert project.state() == before


def test_a_branch_holds_what_an_update_makes(project: Project) -> None:
    project.told("--branch")
    project.told()
    assert project.git("write-tree") == project.git("rev-parse", "agentkit/update^{tree}")


def test_a_branch_that_is_there_already(project: Project) -> None:
    project.git("branch", "taken")
    assert "taken" in project.refused("--branch=taken")


@pytest.mark.parametrize("name", ["a..b", "-x", "a b", "x.lock", "@{-1}"])
def test_a_name_that_no_branch_can_have(project: Project, name: str) -> None:
    before = project.state()
    ran = project.update(f"--branch={name}")
    assert ran.code in (1, 2)
    assert project.state() == before


def test_the_branch_that_is_checked_out_stays(project: Project) -> None:
    assert "main" in project.refused("--branch=main")


def test_a_commit(project: Project) -> None:
    head = project.git("rev-parse", "HEAD")
    project.put({"untracked.txt": "mine\n"})
    told = project.told("--commit").report
    assert told["commit"] == project.git("rev-parse", "HEAD")
    assert project.git("rev-parse", "HEAD^") == head
    assert project.git("log", "-1", "--format=%an <%ae>") == "Ada <ada@example.org>"
    assert "v2.0.0" in project.git("log", "-1", "--format=%s")
    assert project.git("status", "--porcelain") == "?? untracked.txt"
    assert project.read("a.txt") == MERGED


def test_no_commit_when_there_is_nothing_to_do(project: Project) -> None:
    project.told("--commit")
    head = project.git("rev-parse", "HEAD")
    assert project.told("--commit").report["commit"] is None
    assert project.git("rev-parse", "HEAD") == head


def test_a_commit_needs_a_clean_repository(project: Project, tmp_path: Path) -> None:
    (project.root / ".git").rename(tmp_path / "unused")
    root = write(tmp_path / "mono", {"other.txt": "1\n"})
    project.root.rename(root / "svc")
    commit(root)
    write(root, {"other.txt": "2\n"})
    mono = Project(root / "svc", project.template, project.run)
    assert "other.txt" in mono.refused("--commit")
    assert mono.update().code == 0


def test_it_passes(project: Project) -> None:
    project.told("--verify", "grep theirs a.txt && grep mine a.txt && test -e n.txt")
    assert project.read("a.txt") == MERGED


@pytest.mark.parametrize("options", [(), ("--branch",), ("--commit",)])
def test_it_does_not_pass(project: Project, options: tuple[str, ...]) -> None:
    said = project.refused(*options, "--verify", "echo it is broken; echo and bad >&2; exit 7")
    assert "7" in said
    assert "it is broken" in said
    assert "and bad" in said
    assert project.git("worktree", "list").count("\n") == 0


def test_it_is_tried_elsewhere(project: Project, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    command = f"pwd >'{seen}'; git rev-parse --show-toplevel HEAD >>'{seen}'; echo x >litter.txt"
    project.told("--verify", command)
    folder, top, _ = seen.read_text().splitlines()
    assert folder == top
    assert not Path(folder).exists()
    assert Path(folder) != project.root
    assert not project.has("litter.txt")
    assert not project.git("worktree", "list").count("\n")


def test_it_sees_no_untracked_files(project: Project) -> None:
    project.put({"untracked.txt": "mine\n"})
    project.told("--verify", "test ! -e untracked.txt")


def test_it_runs_in_the_folder_of_the_project(project: Project, tmp_path: Path) -> None:
    (project.root / ".git").rename(tmp_path / "unused")
    root = write(tmp_path / "mono", {"other.txt": "1\n"})
    project.root.rename(root / "svc")
    commit(root)
    mono = Project(root / "svc", project.template, project.run)
    mono.told("--verify", "grep theirs a.txt && test -e ../other.txt")


def test_a_command_that_is_not_there(project: Project) -> None:
    assert "nonesuch-command" in project.refused("--verify", "nonesuch-command --now")


def test_a_branch_from_a_folder_of_a_larger_repository(project: Project, tmp_path: Path) -> None:
    (project.root / ".git").rename(tmp_path / "unused")
    root = write(tmp_path / "mono", {"a.txt": "root\n"})
    project.root.rename(root / "svc")
    commit(root)
    mono = Project(root / "svc", project.template, project.run)
    mono.told("--branch")
    assert git(root, "show", "agentkit/update:svc/a.txt") == MERGED.strip()
    assert git(root, "show", "agentkit/update:a.txt") == "root"
