"""The only user of the git binary."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agentkit import disk
from agentkit.errors import AgentkitError

# Hooks and wrappers export these; they would point our commands at another repository.
LOCATION = {
    f"GIT_{name}"
    for name in (
        *("DIR", "COMMON_DIR", "WORK_TREE", "INDEX_FILE", "PREFIX", "NAMESPACE", "SHALLOW_FILE"),
        *("OBJECT_DIRECTORY", "ALTERNATE_OBJECT_DIRECTORIES", "QUARANTINE_PATH", "GRAFT_FILE"),
        *("LITERAL_PATHSPECS", "GLOB_PATHSPECS", "NOGLOB_PATHSPECS", "ICASE_PATHSPECS"),
        *("EXTERNAL_DIFF", "DIFF_OPTS"),
    )
}
QUIET = (
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "gc.auto=0"),
    *("-c", "advice.detachedHead=false"),
    *("-c", "core.fsyncMethod=batch"),  # one flush for all objects instead of one for each
)
# What a user may have set for himself, and what would change a merge or its report.
PLAIN = (
    *("-c", "core.quotePath=false"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.safecrlf=false"),
    *("-c", "core.splitIndex=false"),
    *("-c", "advice.addEmbeddedRepo=false"),
    *("-c", "merge.conflictStyle=merge"),
    *("-c", "merge.renames=true"),
    *("-c", "merge.directoryRenames=true"),
    *("-c", "merge.renormalize=false"),
    *("-c", "merge.renameLimit=20000"),
    *("-c", "diff.renames=true"),
    *("-c", "diff.noprefix=false"),
    *("-c", "diff.mnemonicPrefix=false"),
    *("-c", "color.ui=false"),
)
AT_LEAST = (2, 38)  # merge-tree --write-tree
NOBODY = {
    f"GIT_{role}_{field}": value
    for role in ("AUTHOR", "COMMITTER")
    for field, value in (("NAME", "agentkit"), ("EMAIL", "agentkit@localhost"))
}


_held: list[int] = []


@contextmanager
def holding(descriptor: int) -> Iterator[None]:
    """Let every git started in here keep this file open: a lock then lasts as long as git does."""
    _held.append(descriptor)
    try:
        yield
    finally:
        _held.remove(descriptor)


def environment() -> dict[str, str]:
    """Ours, without what would point a git at another repository."""
    return {k: v for k, v in os.environ.items() if k not in LOCATION}


def feed(
    cwd: Path, *args: str, stdin: bytes = b"", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run git in `cwd` without hooks or prompts; raises AgentkitError when there is no git."""
    clean = environment() | {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"} | (env or {})
    command = ["git", *QUIET, *args]
    try:
        return subprocess.run(
            command, cwd=cwd, env=clean, input=stdin, capture_output=True, pass_fds=_held
        )
    except FileNotFoundError as e:
        raise AgentkitError("git is not installed", fix="install git, or use --no-git") from e
    except OSError as e:
        what = f"git cannot be started: {e.strerror}"
        raise AgentkitError(what, str(cwd), disk.advice(str(e))) from e


def run(
    cwd: Path, *args: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The same, as text."""
    done = feed(cwd, *args, env=env)
    out, err = (stream.decode("utf-8", "replace") for stream in (done.stdout, done.stderr))
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


def check(cwd: Path, *args: str, env: dict[str, str] | None = None) -> str:
    """Run git and return what it printed; raises AgentkitError with git's own words."""
    done = run(cwd, *args, env=env)
    if done.returncode:
        raise failure(cwd, args, done.returncode, done.stderr)
    return done.stdout.strip()


def data(cwd: Path, *args: str, stdin: bytes = b"", env: dict[str, str] | None = None) -> bytes:
    """Run git on a user's repository and return its bytes; raises AgentkitError."""
    done = feed(cwd, *PLAIN, *args, stdin=stdin, env=env)
    if done.returncode:
        raise failure(cwd, args, done.returncode, done.stderr.decode("utf-8", "replace"))
    return done.stdout


def failure(cwd: Path, args: tuple[str, ...], code: int, words: str) -> AgentkitError:
    """What git said, as our error."""
    command = next(a for n, a in enumerate(args) if "-c" not in args[max(n - 1, 0) : n + 1])
    what = f"git {command} failed: {words.strip() or f'exit code {code}'}"
    return AgentkitError(what, str(cwd), disk.advice(words))


def require() -> None:
    """Raises AgentkitError when git is too old to merge trees."""
    words = check(Path(os.curdir), "version")
    if tuple(map(int, re.findall(r"\d+", words)[:2])) < AT_LEAST:
        raise AgentkitError(f"git 2.38 or newer is needed; this is {words}", fix="update git")


def outer_repository(folder: Path) -> Path | None:
    """The work tree that would hold `folder` as its own content, if there is one."""
    folder = folder.parent.resolve() / folder.name
    if not any((p / ".git").exists() for p in folder.parents):
        return None
    base = next(p for p in folder.parents if p.is_dir())
    top = run(base, "rev-parse", "--show-toplevel")
    if top.returncode or run(base, "check-ignore", "-q", f"{folder}/").returncode == 0:
        return None
    return Path(top.stdout.strip())


def ignored(cwd: Path, paths: list[str], *options: str) -> set[str]:
    """Which of these paths git would not track here; raises AgentkitError."""
    if not paths:
        return set()
    words = (*options, "check-ignore", "-z", "--stdin", "--no-index")
    named = "\0".join(f"./{p}" for p in paths)  # a name that starts with a colon is a pattern
    done = feed(cwd, *words, stdin=os.fsencode(named))
    if done.returncode > 1:
        raise failure(cwd, words, done.returncode, os.fsdecode(done.stderr))
    return {p.removeprefix("./") for p in os.fsdecode(done.stdout).split("\0")} - {""}


def commit_everything(folder: Path, message: str) -> bool:
    """Make `folder` a repository with one commit.

    Returns whether the user's own identity signed it; without one, git would refuse.
    """
    branch = run(folder, "config", "--get", "init.defaultBranch").stdout.strip() or "main"
    check(folder, "-c", f"init.defaultBranch={branch}", "init", "--quiet")
    check(folder, "add", "--all", "--force")
    commit = ("-c", "commit.gpgSign=false", "commit", "--quiet", "--no-verify", "-m", message)
    if run(folder, *commit).returncode == 0:
        return True
    check(folder, *commit, env=NOBODY)
    return False


def commit_staged(top: Path, message: str) -> str:
    """Commit what is staged as the user would, with his hooks and signature; returns the commit.

    Raises AgentkitError when git or a hook refuses.
    """
    words = ["git", "commit", "--quiet", "-m", message]
    done = subprocess.run(words, cwd=top, env=environment(), capture_output=True)
    if done.returncode:
        told = (done.stderr or done.stdout).decode("utf-8", "replace").strip()
        fix = "the update is applied and staged: mend this, then git commit"
        raise AgentkitError(f"git commit failed: {told}", str(top), fix)
    return check(top, "rev-parse", "HEAD")


def latest_tag(folder: Path) -> str | None:
    """The newest tag that is a released PEP 440 version."""
    from packaging.version import InvalidVersion, Version

    versions = {}
    for tag in check(folder, "tag").splitlines():
        try:
            versions[Version(tag)] = tag
        except InvalidVersion:
            continue
    released = [v for v in versions if not v.is_prerelease]
    return versions[max(released)] if released else None
