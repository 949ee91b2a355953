"""Template versions, as folders to render from.

The built-in template lies in the wheel as one immutable archive per released version; in a
checkout of this repository the working tree is the version `dev`. Any other template is a git
URL or a path, as copier takes it.
"""

import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from agentkit import config, git
from agentkit.errors import USAGE, AgentkitError, did_you_mean

SNAPSHOTS = Path(__file__).parent / "_templates"
CHECKOUT = Path(__file__).parent.parent
BUILTIN = "agentkit"  # what a project records as the source of the built-in template
SHORTCUTS = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}


@dataclass(frozen=True)
class Template:
    """A template at one version, ready to be rendered from `root`."""

    root: Path
    source: str  # recorded as _src_path
    version: str  # recorded as _commit; empty where the template has no versions
    digest: str = ""  # SHA-256 of the snapshot

    @property
    def builtin(self) -> bool:
        return self.source == BUILTIN


def index() -> dict[str, dict[str, str]]:
    """Every released version of the built-in template, oldest first."""
    if not (SNAPSHOTS / "index.json").exists():
        return {}
    released: dict[str, dict[str, str]] = json.loads((SNAPSHOTS / "index.json").read_text("utf-8"))
    return released


def builtin(version: str = "") -> Template:
    """The built-in template; raises AgentkitError for a version that was never released."""
    if version in ("", "dev") and (CHECKOUT / "template/parts.yml").is_file():
        return Template(CHECKOUT, BUILTIN, "dev")
    released = index()
    wanted = version.removeprefix("v") or next(reversed(released), "")
    if wanted not in released:
        fix = f"{did_you_mean(wanted, released)}released: {', '.join(released) or 'none yet'}"
        what = f"the built-in template has no version {version}"
        raise AgentkitError(what, fix=fix, code=USAGE)
    entry = released[wanted]
    root = _unpack(SNAPSHOTS / entry["file"], entry["sha256"])
    return Template(root, BUILTIN, f"v{wanted}", entry["sha256"])


def _unpack(archive: Path, sha256: str) -> Path:
    target = config.cache_dir() / "templates" / sha256
    try:
        if not target.is_dir():
            _extract(archive, sha256, target)
        private = config.private(target)
    except OSError as e:
        fix = "set AGENTKIT_CACHE_DIR to a folder you can write"
        raise AgentkitError(f"the cache cannot be written: {e.strerror}", str(target), fix) from e
    if not private:
        fix = "remove it, or set AGENTKIT_CACHE_DIR to a folder of your own"
        raise AgentkitError("others can write this unpacked template", str(target), fix)
    return target


def _extract(archive: Path, sha256: str, target: Path) -> None:
    import tarfile

    content = archive.read_bytes() if archive.is_file() else b""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise AgentkitError("the snapshot is damaged", str(archive), "install agentkit again")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=target.parent) as scratch:
        whole = Path(scratch, "template")
        whole.mkdir(mode=0o700)
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:xz") as tar:
            for member in tar:  # the hash says that it is ours: files only, none outside
                _write(whole / member.name, tar.extractfile(member), member.mode)
        with suppress(OSError):  # another process was faster
            os.rename(whole, target)


def _write(path: Path, content: IO[bytes] | None, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.read() if content else b"")
    path.chmod(mode)


@contextmanager
def foreign(source: str, ref: str = "") -> Iterator[Template]:
    """Any other template: a folder, or a git repository at `ref` or its newest release."""
    path = Path(source).expanduser()
    if path.is_dir() and not (path / ".git").exists() and not (path / "HEAD").is_file():
        if ref:
            raise AgentkitError("--ref needs a git repository", source, code=USAGE)
        yield Template(path.resolve(), str(path.resolve()), "")
        return
    url = str(path.resolve()) if path.exists() else _expand(source)
    with tempfile.TemporaryDirectory(prefix="agentkit-") as scratch:
        clone = Path(scratch, "template")
        done = git.run(Path(scratch), "clone", "--quiet", "--", url, str(clone))
        if done.returncode:
            raise AgentkitError(f"the template cannot be cloned: {done.stderr.strip()}", source)
        commit = _commit(clone, ref)
        git.check(clone, "checkout", "--quiet", "--detach", commit)
        if (clone / ".gitmodules").exists():
            git.check(clone, "submodule", "--quiet", "update", "--init", "--recursive")
        version = git.check(clone, "describe", "--tags", "--always")
        shutil.rmtree(clone / ".git")
        yield Template(clone, url if path.exists() else source, version)


def _commit(clone: Path, ref: str) -> str:
    wanted = ref or git.latest_tag(clone) or "HEAD"
    for candidate in (f"refs/tags/{wanted}", f"refs/remotes/origin/{wanted}", wanted):
        name = f"{candidate}^{{commit}}"
        found = git.run(clone, "rev-parse", "--verify", "--quiet", "--end-of-options", name)
        if found.returncode == 0:
            return str(found.stdout).strip()
    what = f"the template has no {f'tag, branch or commit {ref}' if ref else 'commit'}"
    raise AgentkitError(what, code=USAGE)


def _expand(source: str) -> str:
    for short, url in SHORTCUTS.items():
        if source.startswith(short):
            return f"{url}{source.removeprefix(short)}.git"
    return source
