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

from agentkit import address, config, disk, git, provenance, settings, staging
from agentkit.errors import USAGE, AgentkitError, did_you_mean

SNAPSHOTS = Path(__file__).parent / "_templates"
CHECKOUT = Path(__file__).parent.parent
BUILTIN = "agentkit"  # what a project records as the source of the built-in template
SAFE = (*("-c", "protocol.ext.allow=never"), *("-c", "core.autocrlf=false"))
SHOWN = 10  # versions to name when another one was asked for


@dataclass(frozen=True)
class Template:
    """A template at one version, ready to be rendered from `root`."""

    root: Path
    source: str  # recorded as _src_path
    version: str  # recorded as _commit; empty where the template has no versions
    digest: str = ""  # SHA-256 of the snapshot, or the commit

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
    path = address.local(source)
    with versions(str(path) if path else source, ref) as (template,):
        yield template


@contextmanager
def versions(source: str, *refs: str, stamped: bool = True) -> Iterator[tuple[Template, ...]]:
    """Several versions of one template, from one clone; an empty ref is the newest release.

    The source stays as it is written, but for passwords. What copier is to render is `stamped` with
    its version. Raises AgentkitError when it cannot be cloned, or has no such version.
    """
    address.check(source)
    name, path = address.redacted(source), address.local(source)
    if path and path.is_dir() and not (path / ".git").exists() and not (path / "HEAD").is_file():
        if any(refs):
            raise AgentkitError("--ref needs a git repository", name, code=USAGE)
        yield (Template(path, name, ""),) * len(refs)
        return
    with staging.claimed(None) as scratch:
        clone = scratch / "clone"
        options = ("--quiet", "--no-checkout", "--", address.expanded(source), str(clone))
        done = git.run(scratch, *SAFE, "clone", *options)
        if done.returncode:
            what = f"the template cannot be cloned: {address.redacted(done.stderr.strip())}"
            raise AgentkitError(what, name, disk.advice(what))
        commits = [_commit(clone, ref, name) for ref in refs]
        named = git.check(clone, "describe", "--tags", "--always", *commits).splitlines()
        made: dict[str, Template] = {}
        for commit, version in zip(commits, named, strict=True):
            if commit not in made:
                root = _export(clone, commit, scratch / str(len(made)))
                made[commit] = Template(root, name, version, commit)
                header = {"_commit": version, "_digest": commit, "_src_path": name}
                if stamped:
                    provenance.stamp(root, settings.load(root, name), header, commit)
        yield tuple(made[commit] for commit in commits)


def _commit(clone: Path, ref: str, source: str) -> str:
    wanted = ref or git.latest_tag(clone) or "HEAD"
    sound = not (address.CONTROL.search(wanted) or wanted.startswith("-") or " " in wanted)
    places = (f"refs/tags/{wanted}", f"refs/remotes/origin/{wanted}", wanted)
    for candidate in places if sound else ():
        name = f"{candidate}^{{commit}}"
        found = git.run(clone, "rev-parse", "--verify", "--quiet", "--end-of-options", name)
        if found.returncode == 0:
            return str(found.stdout).strip()
    shown = address.CONTROL.sub("?", ref)
    what = f"the template has no {f'tag, branch or commit {shown}' if ref else 'commit'}"
    tags = git.check(clone, "tag", "--sort=-version:refname").splitlines()
    known = f"{did_you_mean(ref, tags)}there are: {', '.join(tags[:SHOWN])}" if tags else ""
    raise AgentkitError(what, source, known + ", ..." * (len(tags) > SHOWN), USAGE)


def _export(clone: Path, commit: str, folder: Path) -> Path:
    """The files of one commit, with those of its submodules, and nothing of git's own."""
    words = ("worktree", "add", "--quiet", "--detach", "--force", str(folder), commit)
    git.check(clone, *git.PLAIN, *SAFE, *words)
    if (folder / ".gitmodules").exists():
        git.check(folder, "submodule", "--quiet", "sync", "--recursive")
        git.check(folder, *SAFE, "submodule", "--quiet", "update", "--init", "--recursive")
    for link in [*folder.rglob(".git")]:
        shutil.rmtree(link) if link.is_dir() and not link.is_symlink() else link.unlink()
    return folder
