"""What the tests of the package share: the command as a user runs it, git, and files as data."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

COMMAND = [sys.executable, "-m", "agentkit"]
STAGING = ".agentkit-new-*"


@dataclass(frozen=True)
class Ran:
    """What a user sees of one run."""

    code: int
    out: str
    err: str


def spawn(*args: str, before: list[str] | None = None, **more: object) -> Ran:
    """Run the command in a process of its own."""
    command = [*(before or []), *COMMAND, *args]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, **more)  # type: ignore[call-overload]
    return Ran(done.returncode, done.stdout, done.stderr)


def ordinary_user() -> list[str]:
    """A prefix that makes file permissions count, for root too."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"]


def git(folder: Path, *args: str) -> str:
    done = subprocess.run(["git", *args], cwd=folder, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def tree(root: Path) -> dict[str, bytes]:
    """Every file below `root` with its content, without .git; a link is where it points."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            found[name] = os.fsencode(os.readlink(path))
        elif path.is_file() and not name.startswith(".git/"):
            found[name] = path.read_bytes()
    return found


def write(root: Path, files: dict[str, str]) -> Path:
    """Make a folder with these files."""
    root.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return root


def commit(repo: Path, message: str = "change", tag: str = "") -> str:
    """Commit everything in `repo`, a repository from now on; returns the commit."""
    if not (repo / ".git").exists():
        git(repo, "init", "--quiet", "--initial-branch=main")
    git(repo, "add", "--all", "--force")
    git(repo, "commit", "--quiet", "--message", message)
    if tag:
        git(repo, "tag", tag)
    return git(repo, "rev-parse", "HEAD")


def committed(project: Path) -> list[str]:
    """The files of the last commit, once nothing is changed, untracked or left out."""
    assert git(project, "status", "--porcelain", "--ignored") == ""
    names = git(project, "ls-files", "-z").rstrip("\0").split("\0")
    assert sorted(names) == list(tree(project))
    return names


def program(folder: Path, name: str, script: str) -> Path:
    """A shell script to be found on PATH."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def without(*programs: str, folder: Path) -> str:
    """A PATH on which everything but these programs is found."""
    folder.mkdir()
    for place in os.environ["PATH"].split(os.pathsep):
        for path in Path(place).glob("*"):
            if path.name not in programs and not (folder / path.name).is_symlink():
                (folder / path.name).symlink_to(path)
    return str(folder)
