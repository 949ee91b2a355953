"""`agentkit diff`: a patch of what the user changed, or of what an update would bring."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.support import COMMAND, commit, git, ordinary_user, tree, write
from tests.update.own import everything
from tests.update.project import Project, Start
from tests.update.support import QUESTIONS, Link, Program, body

ODD = 'it\'s "odd" ü\t.txt'


FILES = {
    "a.txt": body(),
    "b.bin": b"\x89\0\1" * 100,
    "crlf.txt": "1\r\n2\r\n",
    "gone.txt": "gone\n",
    "latin.txt": "na\xefve\n".encode("latin-1"),
    "mv.txt": body({5: "five"}),
    "run.sh": "x\n",
    "end.txt": "no end",
    "l": Link("a.txt"),
    "seed.txt": "1\n",
    ODD: "odd\n",
}


EDITS = {
    "a.txt": body({3: "mine"}),
    "b.bin": b"\x89\0\2" * 100,
    "crlf.txt": "1\r\nmine\r\n",
    "gone.txt": None,
    "latin.txt": "tr\xe8s na\xefve\n".encode("latin-1"),
    "mv.txt": None,
    "new/mv.txt": body({5: "five", 9: "nine"}),
    "run.sh": Program("x\n"),
    "end.txt": "no end at all",
    "l": Link("run.sh"),
    ODD: "odder\n",
}


QUIET = QUESTIONS + "_preserve_symlinks: true\n_skip_if_exists: [seed.txt]\n"


HOSTILE = """
[diff]
  noprefix = true
  mnemonicPrefix = true
  external = false
  renames = false
[color]
  ui = always
  diff = always
[core]
  quotePath = true
  pager = false
"""


@pytest.fixture
def other(start: Start) -> Project:
    return start(FILES, QUIET)


def patch(project: Project, *args: str) -> bytes:
    """The patch, as it comes out of the command: any bytes."""
    command = [*ordinary_user(), *COMMAND, "diff", str(project.root), *args]
    done = subprocess.run(command, capture_output=True)
    assert done.returncode == 0, done
    return done.stdout


def apply(folder: Path, text: bytes, *args: str) -> None:
    done = subprocess.run(["git", "apply", *args], cwd=folder, input=text, capture_output=True)
    assert done.returncode == 0, done


def test_the_patch_leads_from_the_render_to_the_project(other: Project, tmp_path: Path) -> None:
    before = other.files()
    other.edit(EDITS)
    after = other.files()
    other.edit({"seed.txt": "mine\n", "notes.txt": "mine\n"})
    text = patch(other)
    fresh = other.template.generate(tmp_path / "fresh", ref="v1.0.0")
    apply(fresh, text)
    assert tree(fresh) == after
    assert (fresh / "run.sh").stat().st_mode & 0o100
    apply(other.root, text, "--reverse")
    assert other.files() == {**before, "seed.txt": b"mine\n", "notes.txt": b"mine\n"}
    assert b"rename from mv.txt\nrename to new/mv.txt\n" in text


def test_what_the_users_git_is_set_to_does_not_matter(mine: Project, home: Path) -> None:
    mine.edit({"Makefile": "all:\n", "AGENTS.md": None, "ü.md": mine.read("AGENTS.md") + "x\n"})
    before = patch(mine)
    with open(home / ".gitconfig", "a") as config:
        config.write(HOSTILE)
    assert patch(mine) == before != b""


def test_a_project_in_a_subfolder(mine: Project, tmp_path: Path) -> None:
    (mine.root / ".git").rename(tmp_path / "unused")
    root = write(tmp_path / "mono", {"other.txt": "1\n"})
    mine.root.rename(root / "svc")
    commit(root)
    mono = Project(root / "svc", mine.template, mine.run)
    made = mono.files()
    mono.put({"Makefile": "all:\n", "docs/API.md": None, "API.md": mono.read("docs/API.md")})
    write(root, {"other.txt": "2\n"})
    text = patch(mono)
    assert b"rename to svc/API.md" not in text  # git does not know it yet
    git(root, "add", "--all")
    text = patch(mono)
    assert b"rename to svc/API.md" in text and b"other.txt" not in text
    apply(root, text, "--reverse")
    assert mono.files() == made


def test_what_an_update_would_bring(other: Project, tmp_path: Path) -> None:
    other.edit({"a.txt": body({3: "mine"}), "gone.txt": None, "notes.txt": "mine\n"})
    new = {"a.txt": body({28: "theirs"}), "n.bin": b"\0\1", "run.sh": Program("x\n"), "l": None}
    other.template.release({**new, "mv.txt": None, "moved.txt": FILES["mv.txt"]})
    other.put({"notes.txt": "dirty\n", "u.txt": "untracked\n"})
    before = everything(other.root)
    text = patch(other, "--to", "newest")
    assert everything(other.root) == before
    assert text == patch(other, "--to", "v2.0.0") != b""
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(other.root), str(clone))
    apply(clone, text, "--index")
    other.git("checkout", "--quiet", "notes.txt")
    assert other.update().code == 0
    assert git(clone, "write-tree") == other.git("write-tree")


def test_conflicts_of_an_update_are_in_the_patch_and_named(other: Project) -> None:
    other.edit({"a.txt": body({3: "mine"})})
    other.template.release({"a.txt": body({3: "theirs"})})
    ran = other.run("diff", str(other.root), "--to", "newest", "--exit-code")
    assert ran.code == 1 and "+<<<<<<< yours\n" in ran.out
    assert ran.err == "agentkit: in conflict: a.txt\n"
    report = json.loads(
        other.run("diff", str(other.root), "--to", "newest", "--format", "json").out
    )
    assert (report["conflicts"], report["template"]["to"]) == (["a.txt"], "v2.0.0")
    assert {f["path"]: f["action"] for f in report["files"]}["a.txt"] == "conflict"


def test_of_what_was_not_saved_nothing_is_written(mine: Project) -> None:
    mine.put({"Makefile": "all:\n", "docker/Dockerfile": None})
    before = everything(mine.root)
    assert b"docker/Dockerfile" in patch(mine)
    assert everything(mine.root) == before


def test_a_repository_that_is_read_only(mine: Project, tmp_path: Path) -> None:
    mine.put({"Makefile": "all:\n"})
    shutil.copytree(mine.root, tmp_path / "locked", symlinks=True)
    for path in (tmp_path / "locked").rglob("*"):
        if not path.is_symlink():
            path.chmod(0o555 if path.is_dir() else 0o444)
    locked = Project(tmp_path / "locked", mine.template, mine.run)
    assert b"+++ b/Makefile" in patch(locked)
