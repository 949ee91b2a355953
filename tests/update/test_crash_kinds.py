"""A crash is healed in every kind of repository, forward and back."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.support import git
from tests.update.paused import crash, over
from tests.update.project import Project, Start
from tests.update.state import difference, state
from tests.update.support import Program, body

Kind = Callable[[Project, Path], Path]
OLD = {"a.txt": body(), "conf": "c\n", "gone/g.txt": "g\n", "run.sh": "#!/bin/sh\n", "s/b": "b\n"}
NEW = {
    "a.txt": body({28: "theirs"}),
    "conf": None,
    "gone/g.txt": None,
    "new/n.txt": "n\n",
    "run.sh": Program("#!/bin/sh\n"),
    "s/b": "2\n",
}


def plain(project: Project, folder: Path) -> Path:
    return project.root


def sha_256(project: Project, folder: Path) -> Path:
    (project.root / ".git").rename(folder)
    project.git("init", "--quiet", "--object-format=sha256", "--initial-branch=main")
    project.commit()
    return project.root


def worktree(project: Project, folder: Path) -> Path:
    project.git("worktree", "add", "--quiet", str(folder), "-b", "linked")
    return folder


def elsewhere(project: Project, folder: Path) -> Path:
    project.git("init", "--quiet", "--separate-git-dir", str(folder))
    return project.root


def clone(*options: str) -> Kind:
    def make(project: Project, folder: Path) -> Path:
        project.git("config", "uploadpack.allowFilter", "true")
        git(folder.parent, "clone", "--quiet", *options, project.root.as_uri(), str(folder))
        return folder

    return make


def configured(*words: str) -> Kind:
    def make(project: Project, folder: Path) -> Path:
        project.git(*words)
        project.git("update-index", "--force-write-index")
        return project.root

    return make


def submodule(project: Project, folder: Path) -> Path:
    git(folder.parent, "init", "--quiet", str(folder))
    git(folder, "submodule", "--quiet", "add", str(project.root), "service")
    return folder / "service"


KINDS: dict[str, Kind] = {
    "plain": plain,
    "sha-256": sha_256,
    "worktree": worktree,
    "elsewhere": elsewhere,
    "submodule": submodule,
    "shallow": clone("--depth=1"),
    "no-blobs": clone("--filter=blob:none"),
    "no-trees": clone("--filter=tree:0"),
    "borrowed": clone("--shared"),
    "split-index": configured("config", "core.splitIndex", "true"),
    "index-4": configured("config", "index.version", "4"),
    "sparse": configured("sparse-checkout", "set", "--cone", "gone"),
    "packed": configured("gc", "--quiet", "--prune=now"),
}


ODD = ("sha-256", "worktree", "no-blobs", "sparse")


@pytest.mark.parametrize("name", ODD)
def test_a_crash_is_healed(start: Start, tmp_path: Path, name: str) -> None:
    heal(start, tmp_path, KINDS[name])


@pytest.mark.long
@pytest.mark.parametrize("name", sorted({*KINDS} - {*ODD}))
def test_a_crash_is_healed_elsewhere_too(start: Start, tmp_path: Path, name: str) -> None:
    heal(start, tmp_path, KINDS[name])


def heal(start: Start, tmp_path: Path, kind: Kind) -> None:
    """Crash and undo, crash and finish; the repository is as it was, and as it should be."""
    made = start(OLD)
    made.edit({"a.txt": body({3: "mine"})})
    made.template.release({"conf": None})
    made.template.release({**NEW, "conf/c.txt": "c\n"})
    project = replace(made, root=kind(made, tmp_path / "made"))
    project.put({"mine.txt": "untracked\n"})
    project.git("reset", "--quiet", "--hard")
    old = state(project.root)
    assert project.update().code == 0
    new = state(project.root)
    assert project.has("new/n.txt") == (kind is not KINDS["sparse"])
    project.git("reset", "--quiet", "--hard")
    crash(project)
    half(project)
    assert project.update("--abort").code == 0
    assert difference(state(project.root), old) == ""
    crash(project)
    half(project)
    ran = project.update("--continue")
    assert (ran.code, ran.err) == (0, "agentkit: an interrupted update was finished\n")
    assert difference(state(project.root), new) == ""
    assert over(project)
    assert project.git("fsck", "--no-dangling", "--no-progress") == ""


def half(project: Project) -> None:
    """As if it had been killed while it wrote these files."""
    project.put({"a.txt": body({3: "mine", 28: "theirs"})[:40], "run.sh": None})
