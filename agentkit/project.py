"""A project on the disk: its repository, what it records, and whether it can be changed now."""

import os
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agentkit import bounded, git
from agentkit.errors import AgentkitError
from agentkit.names import ANSWERS_FILE
from agentkit.names import SETTINGS as SETTINGS

BUSY = {
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "BISECT_LOG": "a bisect",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
}


@dataclass(frozen=True)
class Project:
    """Where a project lies, and what its answers file says."""

    path: Path
    top: Path  # of the repository's work tree
    git_dir: Path
    prefix: str  # of the project's paths in the repository: empty, or ends in a slash
    head: str
    answers_file: str
    recorded: Mapping[str, Any] = field(repr=False)

    @property
    def source(self) -> str:
        """The template it was made from."""
        return str(self.recorded.get("_src_path") or "")

    @property
    def version(self) -> str:
        """The version of the template it was made from, or updated to."""
        return str(self.recorded.get("_commit") or "")

    @property
    def answers(self) -> dict[str, Any]:
        """The recorded answers."""
        return {k: v for k, v in self.recorded.items() if not k.startswith("_")}

    def yours(self) -> tuple[str, ...]:
        """The patterns of agentkit.toml that say what else is the user's own.

        Raises AgentkitError when the file is no TOML or says something else.
        """
        import tomllib

        path = self.path / SETTINGS
        try:
            told = tomllib.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return ()
        except (OSError, ValueError) as e:
            raise AgentkitError(f"this cannot be read: {e}", str(path)) from e
        found = told.get("yours", [])
        if not isinstance(found, list) or not all(isinstance(p, str) for p in found):
            raise AgentkitError('"yours" is a list of paths or patterns', str(path))
        return tuple(found)


def find(path: Path, answers_file: str = ANSWERS_FILE, *, linked: bool = True) -> Project:
    """The project in the folder `path`; raises AgentkitError when there is none to work on.

    With `linked` it must record a template and its version; without, a broken record is none.
    """
    if not path.is_dir():
        raise AgentkitError("there is no such folder", str(path))
    path = path.resolve()
    told = git.run(path, "rev-parse", "--absolute-git-dir", "--show-toplevel", "--show-prefix")
    if told.returncode:
        raise _no_repository(path, told.stderr.strip())
    git_dir, top, *rest = told.stdout.splitlines()
    head = git.run(path, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if head.returncode:
        raise AgentkitError("this repository has no commit yet", top, "commit the project first")
    recorded: dict[str, Any] = {}
    with nullcontext() if linked else suppress(AgentkitError):
        recorded = read(path, answers_file)
    prefix = rest[0] if rest else ""
    where = (path, Path(top), Path(git_dir), prefix, head.stdout.strip())
    return Project(*where, answers_file, recorded)


def of_file(file: Path, answers_file: str = ANSWERS_FILE) -> tuple[Project, str]:
    """The project that a file lies in, or would lie in, and its path there.

    Raises AgentkitError.
    """
    try:
        place = file.parent.resolve() / file.name  # where it is, even if it is a link
    except (OSError, RuntimeError) as e:
        raise AgentkitError("there is no such folder", str(file.parent)) from e
    for folder in place.parents:
        if (folder / answers_file).is_file():
            return find(folder, answers_file), place.relative_to(folder).as_posix()
        if (folder / ".git").exists():
            break
    there = next(folder for folder in place.parents if folder.is_dir())
    return find(there, answers_file), place.relative_to(there).as_posix()


def _no_repository(path: Path, words: str) -> AgentkitError:
    if "dubious ownership" in words:
        fix = f"git config --global --add safe.directory {path}"
        return AgentkitError("git refuses a repository of another user", str(path), fix)
    if "must be run in a work tree" in words:
        return AgentkitError(
            "this is no work tree", str(path), "clone the repository, or use --branch there"
        )
    return AgentkitError("this is no git repository", str(path), "git init, and commit the project")


def read(folder: Path, answers_file: str) -> dict[str, Any]:
    """What the answers file records; raises AgentkitError naming the line of a mistake."""
    path = folder / answers_file
    if Path(answers_file).is_absolute() or ".." in Path(answers_file).parts:
        raise AgentkitError("the answers file lies in the project", answers_file)
    if path.is_symlink() or not path.is_file():
        fix = "use --answers-file FILE, or link the project to a template: agentkit adopt"
        raise AgentkitError(f"this project has no {answers_file}", str(folder), fix)
    recorded = parse(path.read_bytes(), str(path))
    for name in ("_src_path", "_commit"):
        if not isinstance(recorded.get(name), str) or not recorded[name]:
            what = f"{name} is missing: nothing tells which template, at which version, made this"
            raise AgentkitError(what, str(path), "agentkit adopt links the project again")
    return recorded


def parse(content: bytes, where: str) -> dict[str, Any]:
    """The content of an answers file; raises AgentkitError."""
    documents = bounded.load(content, where)
    recorded = documents[0] if len(documents) == 1 else None
    if not isinstance(recorded, dict) or not all(isinstance(k, str) for k in recorded):
        raise AgentkitError("answers are `question: answer` lines", where)
    if "_commit" in recorded and isinstance(recorded["_commit"], int | float):
        recorded["_commit"] = str(recorded["_commit"])
    return recorded


def guard(project: Project, *, whole: bool = False) -> None:
    """Refuse a project in the middle of something, or with uncommitted changes.

    Untracked files may be there. With `whole`, the rest of the repository must be clean too.
    """
    for name, what in BUSY.items():
        if (project.git_dir / name).exists():
            raise AgentkitError(
                f"{what} is in progress here", str(project.top), "finish or abort it first"
            )
    place = project.top if whole else project.path
    options = ("--untracked-files=no", "--ignore-submodules=dirty", "--no-renames")
    out = git.data(place, "--no-optional-locks", "status", "--porcelain", "-z", *options, "--", ".")
    lines = [os.fsdecode(line) for line in out.split(b"\0") if line]
    if lines:
        shown = "\n    ".join(lines[:10] + [f"and {len(lines) - 10} more"] * (len(lines) > 10))
        fix = "commit or stash them first; nothing was changed"
        raise AgentkitError(f"there are uncommitted changes:\n    {shown}", str(place), fix)
