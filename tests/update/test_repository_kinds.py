"""Every kind of repository and of place in one that a project can have."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.support import commit, git, write
from tests.update.project import Project, Start
from tests.update.support import body

MERGED = body({3: "mine", 28: "theirs"})


@pytest.fixture
def project(start: Start) -> Project:
    """A project with an edit, for which there is a new version."""
    found = start({"a.txt": body(), "old.txt": "old\n", "sub/s.txt": body()})
    found.edit({"a.txt": body({3: "mine"})})
    new = {"a.txt": body({28: "theirs"}), "old.txt": None, "new/n.txt": "n\n"}
    found.template.release({**new, "sub/s.txt": body({28: "theirs"})})
    return found


def merged(project: Project) -> None:
    """Update; everything of the new version is there, and nothing else is changed."""
    wanted = {"a.txt": "merged", "new/n.txt": "added", "old.txt": "deleted"}
    assert project.told().actions == {**wanted, "sub/s.txt": "updated"}
    assert project.read("a.txt") == MERGED
    assert project.read("new/n.txt") == "n\n"
    assert not project.has("old.txt")
    assert project.git("diff", "--name-only") == ""
    assert len(project.git("diff", "--cached", "--name-only").splitlines()) == 5


def test_no_branch_checked_out(project: Project) -> None:
    project.git("checkout", "--quiet", "--detach")
    merged(project)


def test_a_linked_worktree(project: Project, tmp_path: Path) -> None:
    project.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "-b", "linked")
    before = project.state()[0]
    merged(replace(project, root=tmp_path / "linked"))
    assert project.state()[0] == before
    assert len(project.git("worktree", "list").splitlines()) == 2


def test_the_project_is_a_submodule(project: Project, tmp_path: Path) -> None:
    above = write(tmp_path / "above", {"x.txt": "x\n"})
    commit(above)
    git(above, "submodule", "--quiet", "add", str(project.root), "service")
    git(above, "commit", "--quiet", "--message", "service")
    merged(replace(project, root=above / "service"))


def test_a_shallow_clone(project: Project, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--depth", "1", project.root.as_uri(), "clone")
    merged(replace(project, root=tmp_path / "clone"))


@pytest.mark.parametrize("kind", ["blob:none", "tree:0"])
def test_a_partial_clone(project: Project, tmp_path: Path, kind: str) -> None:
    project.git("config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "--quiet", f"--filter={kind}", project.root.as_uri(), "clone")
    merged(replace(project, root=tmp_path / "clone"))


def test_objects_borrowed_from_another_repository(project: Project, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--shared", str(project.root), "clone")
    merged(replace(project, root=tmp_path / "clone"))


def test_everything_packed(project: Project) -> None:
    project.git("gc", "--quiet", "--prune=now")
    merged(project)


def test_the_git_folder_elsewhere(project: Project, tmp_path: Path) -> None:
    project.git("init", "--quiet", "--separate-git-dir", str(tmp_path / "elsewhere.git"))
    merged(project)


def test_sha_256(project: Project) -> None:
    for path in sorted((project.root / ".git").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    project.git("init", "--quiet", "--object-format=sha256", "--initial-branch=main")
    project.commit()
    project.edit({"mine.txt": "mine\n"})
    merged(project)


@pytest.mark.parametrize("cone", ["--cone", "--no-cone"])
def test_a_sparse_checkout(project: Project, cone: str) -> None:
    project.git("sparse-checkout", "set", cone, "new" if cone == "--cone" else "/*.*")
    assert not project.has("sub")
    assert project.update().code == 0
    assert project.read("a.txt") == MERGED
    assert project.git("show", ":sub/s.txt") == body({28: "theirs"}).strip()
    assert not project.has("sub")
    assert project.git("diff", "--name-only") == ""


CONFIGS = {
    "split-index": "core.splitIndex=true",
    "index-4": "index.version=4",
    "many-files": "feature.manyFiles=true",
    "ignore-case": "core.ignoreCase=true",
    "no-modes": "core.fileMode=false",
    "per-worktree": "extensions.worktreeConfig=true",
}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_how_the_repository_is_set_up(project: Project, config: str) -> None:
    project.git("config", *config.split("="))
    project.git("update-index", "--force-write-index")
    merged(project)


@pytest.fixture
def mono(project: Project, tmp_path: Path) -> Project:
    """The project in a folder of a larger repository, whose root has files of the same names."""
    (project.root / ".git").rename(tmp_path / "unused")
    root = write(tmp_path / "mono", {"old.txt": "root\n", "a.txt": "root\n", "other/o": "o\n"})
    project.root.rename(root / "svc")
    commit(root)
    return replace(project, root=root / "svc")


def in_root(mono: Project) -> dict[str, str]:
    return {n: (mono.root.parent / n).read_text() for n in ("old.txt", "a.txt", "other/o")}


def test_a_folder_of_a_larger_repository(mono: Project) -> None:
    merged(mono)
    assert in_root(mono) == {"old.txt": "root\n", "a.txt": "root\n", "other/o": "o\n"}


def test_changes_elsewhere_in_a_larger_repository(mono: Project) -> None:
    write(mono.root.parent, {"a.txt": "dirty\n", "other/o": "staged\n", "new/n.txt": "mine\n"})
    git(mono.root.parent, "add", "other/o")
    assert mono.update().code == 0
    assert mono.read("a.txt") == MERGED
    assert in_root(mono) == {"old.txt": "root\n", "a.txt": "dirty\n", "other/o": "staged\n"}
    assert mono.git("diff", "--name-only") == "a.txt"
    assert "other/o" in mono.git("diff", "--cached", "--name-only").split()


def test_conflicts_in_a_folder_of_a_larger_repository(mono: Project) -> None:
    mono.edit({"sub/s.txt": body({28: "mine"})})
    before = mono.state()
    told = mono.told(code=3)
    assert told.report["conflicts"] == ["sub/s.txt"]
    assert mono.update("--abort").code == 0
    assert mono.state() == before


def test_above_or_below_the_project(mono: Project) -> None:
    for wrong in (mono.root.parent, mono.root / "sub"):
        ran = mono.run("update", str(wrong))
        assert ran.code == 1
        assert ".copier-answers.yml" in ran.err


WAYS: dict[str, Callable[[Path], str]] = {
    "here": lambda root: ".",
    "relative": lambda root: f"../{root.name}/",
    "dots": lambda root: str(root / "sub/.."),
    "slash": lambda root: f"{root}//",
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_how_the_project_is_named(
    project: Project, monkeypatch: pytest.MonkeyPatch, way: Callable[[Path], str]
) -> None:
    monkeypatch.chdir(project.root)
    ran = project.run("update", way(project.root))
    assert ran.code == 0, ran
    assert project.read("a.txt") == MERGED


@pytest.mark.parametrize("inside", [True, False], ids=["inside", "from-outside"])
def test_through_a_link(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: bool
) -> None:
    link = tmp_path / "link"
    link.symlink_to(project.root)
    if inside:
        monkeypatch.chdir(link)
    ran = project.run("update", *([] if inside else [str(link)]))
    assert ran.code == 0, ran
    assert project.read("a.txt") == MERGED
    assert os.path.islink(link)
