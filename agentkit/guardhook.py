"""A pre-commit hook that stands only while conflicts of an update are open.

`git commit -a` takes unmerged files for resolved, markers and all. The hook refuses them, and once
there are none it makes way for the hook that was there before, or for nothing.
"""

import os
from contextlib import suppress
from pathlib import Path

from agentkit import git

MARK = "# agentkit: stands until the conflicts of an update are resolved, then goes away by itself"
KEPT = "pre-commit.before-agentkit"
SCRIPT = f"""#!/bin/sh
{MARK}
if [ -f "$(git rev-parse --git-path agentkit/journal.json)" ]; then
  marked=$(git grep --cached -lE '^<<<<<<< yours(:.*)?$' -- ':/')
  if [ -n "$marked" ]; then
    echo "agentkit: conflict markers are left in:" >&2
    echo "$marked" >&2
    echo "resolve them and git add the files, or undo the update: agentkit update --abort" >&2
    exit 1
  fi
fi
hooks=$(dirname "$0")
if [ -e "$hooks/{KEPT}" ]; then
  mv -f "$hooks/{KEPT}" "$0" && exec "$0" "$@"
else
  rm -f "$0"
fi
"""


def install(top: Path, git_dir: Path) -> bool:
    """Put it in place; returns False where the hooks lie in a folder of the user's choice."""
    hooks = _hooks(top, git_dir)
    if hooks is None:
        return False
    hook = hooks / "pre-commit"
    if _ours(hook):
        return True
    with suppress(OSError):  # it is a help, and no part of the update
        hooks.mkdir(exist_ok=True)
        if hook.exists() or hook.is_symlink():
            os.replace(hook, hooks / KEPT)
        hook.write_text(SCRIPT, "utf-8")
        hook.chmod(0o755)
    return _ours(hook)


def remove(top: Path, git_dir: Path) -> None:
    """Take it away, and put back what was there before."""
    hooks = _hooks(top, git_dir)
    if hooks is None or not _ours(hooks / "pre-commit"):
        return
    if (hooks / KEPT).exists():
        os.replace(hooks / KEPT, hooks / "pre-commit")
    else:
        (hooks / "pre-commit").unlink(missing_ok=True)


def _ours(hook: Path) -> bool:
    try:
        return MARK in hook.read_text("utf-8", errors="replace")
    except OSError:
        return False


def _hooks(top: Path, git_dir: Path) -> Path | None:
    """Git's own folder for hooks, unless the user has set another one."""
    told = git.run(top, "config", "--get-all", "core.hooksPath", env={"GIT_DIR": str(git_dir)})
    if len(told.stdout.splitlines()) > 1:  # the last one is ours: git.QUIET
        return None
    common = git.check(git_dir, "rev-parse", "--git-common-dir", env={"GIT_DIR": str(git_dir)})
    return (git_dir / common).resolve() / "hooks"
