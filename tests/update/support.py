"""A copier template with versions, and files as data."""

import os
import stat
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.unit.support import commit, git

QUESTIONS = "name: {type: str, default: app}\n"


@dataclass(frozen=True)
class Link:
    """A symbolic link as the content of a file."""

    to: str


@dataclass(frozen=True)
class Program:
    """A file that can be run."""

    text: str


Files = Mapping[str, str | bytes | Link | Program | None]  # None: no such file


def body(changed: Mapping[int, str] | None = None, end: str = "") -> str:
    """Thirty lines, `line 1` to `line 30`, some of them changed."""
    return "".join(f"{(changed or {}).get(n, f'line {n}')}\n" for n in range(1, 31)) + end


def put(root: Path, files: Files) -> None:
    """Write, replace and remove files, without a commit."""
    for name, content in files.items():
        path = root / name
        if path.is_symlink() or path.exists():
            path.unlink()
        if content is None:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Link):
            path.symlink_to(content.to)
            continue
        text = content.text if isinstance(content, Program) else content
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        path.chmod(0o755 if isinstance(content, Program) else 0o644)


@dataclass(frozen=True)
class Template:
    """A repository with a copier template in it, verbatim but for `.jinja` files."""

    root: Path

    def release(self, files: Files, questions: str | None = None, tag: str | None = None) -> str:
        """Change these files, then tag the next version; what is not named stays as it was."""
        put(self.root / "project", files)
        if questions is not None:
            put(self.root, {"copier.yml": f"_subdirectory: project\n{questions}"})
        if not (self.root / ".git").exists():
            return commit(self.root, tag="v1.0.0")
        git(self.root, "add", "--all", "--force")
        git(self.root, "commit", "--quiet", "--allow-empty", "--message", "next")
        if name := f"v{len(git(self.root, 'tag').split()) + 1}.0.0" if tag is None else tag:
            git(self.root, "tag", name)
        return git(self.root, "rev-parse", "HEAD")

    def retag(self, tag: str) -> None:
        git(self.root, "tag", "--force", tag)

    def generate(self, folder: Path, ref: str | None = None, **more: Any) -> Path:
        """Make a project with plain copier, without a commit."""
        with warnings.catch_warnings(action="ignore"):
            import copier
            from plumbum import local

            with local.env(**os.environ):  # copier sees the settings of the first test otherwise
                copier.run_copy(
                    str(self.root),
                    folder,
                    vcs_ref=ref,
                    defaults=True,
                    overwrite=True,
                    quiet=True,
                    unsafe=True,
                    **more,
                )
        return folder


def template(root: Path, files: Files, questions: str = QUESTIONS) -> Template:
    """A template with one version, v1.0.0."""
    answers = {"{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers|to_nice_yaml -}}\n"}
    made = Template(root)
    made.release({**answers, **files}, questions)
    return made


def snapshot(root: Path) -> dict[str, tuple[object, ...]]:
    """Everything below `root`, git's own files too, with the times of change."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted(root.rglob("*")):
        about = path.lstat()
        content: object = os.readlink(path) if path.is_symlink() else None
        if stat.S_ISREG(about.st_mode):
            content = path.read_bytes()
        found[path.relative_to(root).as_posix()] = (about.st_mode, about.st_mtime_ns, content)
    return found
