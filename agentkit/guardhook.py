"""A pre-commit hook that stands only while conflicts of an update are open.

`git commit -a` takes unmerged files for resolved, markers and all. The hook refuses them, and once
there are none it makes way for the hook that was there before, or for nothing. Linked work trees
share it: it stays as long as one of them needs it, and lets the others commit.
"""

import os
from contextlib import suppress
from pathlib import Path

from agentkit import git
from agentkit.journal import FOLDER

MARK = "# agentkit: stands until the conflicts of an update are resolved, then goes away by itself"
KEPT = "pre-commit.before-agentkit"
JOURNAL = f"{FOLDER}/journal.json"
# The labels are ours, or git's own where somebody had it write the conflict anew.
MARKED = "^(<<<<<<< (yours|ours)|>>>>>>> (template|theirs))"
SCRIPT = f"""#!/bin/sh
{MARK}
common=$(git rev-parse --git-common-dir)
others=$(ls -d "$common/{JOURNAL}" "$common"/worktrees/*/{JOURNAL} 2>/dev/null | wc -l)
if [ -f "$(git rev-parse --git-path {JOURNAL})" ]; then
  marked=$(git -c core.quotePath=false diff --cached --name-only --no-relative --no-textconv \\
    --no-ext-diff --no-renames --diff-filter=d -G'{MARKED}' HEAD)
  if [ -n "$marked" ]; then
    echo "agentkit: conflict markers are left in:" >&2
    echo "$marked" >&2
    echo "resolve them and git add the files, or undo the update: agentkit update --abort" >&2
    exit 1
  fi
  others=$((others - 1))
fi
hook=$0
kept=$(dirname "$0")/{KEPT}
if [ "$others" -gt 0 ]; then
  hook=$kept
elif [ -e "$kept" ]; then
  mv -f "$kept" "$hook"
else
  rm -f "$hook"
fi
[ ! -x "$hook" ] || exec "$hook" "$@"
"""


def install(top: Path, git_dir: Path) -> tuple[str, ...]:
    """Put it in place; returns what there is to say where that cannot be."""
    hooks = _hooks(top, git_dir)
    why = "git is told to look for hooks elsewhere" if hooks is None else ""
    try:
        if hooks:
            _put(hooks)
    except OSError as e:  # it is a help, and no part of the update
        why = f"the hook cannot be written: {e.strerror}"
    words = f"nothing stops `git commit -a` from committing the conflict markers: {why}"
    return (words,) if why else ()


def _put(hooks: Path) -> None:
    hook, new = hooks / "pre-commit", hooks / "pre-commit.agentkit"
    if _ours(hook):
        return
    hooks.mkdir(exist_ok=True)
    new.write_text(SCRIPT, "utf-8")
    new.chmod(0o755)
    if os.path.lexists(hook):
        os.replace(hook, hooks / KEPT)
    os.replace(new, hook)


def remove(top: Path, git_dir: Path) -> None:
    """Take it away, and put back what was there before, unless another work tree needs it."""
    hooks = _hooks(top, git_dir)
    if hooks is None or any(_others(hooks.parent, git_dir)):
        return
    hook, kept = hooks / "pre-commit", hooks / KEPT
    if os.path.lexists(hook) and not _ours(hook):  # the user has a new one
        return
    with suppress(OSError):  # it goes by itself with the next commit
        os.replace(kept, hook) if os.path.lexists(kept) else hook.unlink(missing_ok=True)


def _others(common: Path, git_dir: Path) -> list[Path]:
    found = [common / JOURNAL, *common.glob(f"worktrees/*/{JOURNAL}")]
    return [p for p in found if p.exists() and p != git_dir.resolve() / JOURNAL]


def _ours(hook: Path) -> bool:
    try:
        return MARK in hook.read_text("utf-8", errors="replace")
    except OSError:
        return False


def _hooks(top: Path, git_dir: Path) -> Path | None:
    """Git's own folder for hooks, unless the user has set another one."""
    told = git.run(top, "config", "--get-all", "core.hooksPath", env={"GIT_DIR": str(git_dir)})
    common = git.check(git_dir, "rev-parse", "--git-common-dir", env={"GIT_DIR": str(git_dir)})
    hooks = (git_dir / common).resolve() / "hooks"
    chosen = told.stdout.splitlines()[:-1]  # the last one is ours: git.QUIET
    elsewhere = chosen and (top / Path(chosen[-1]).expanduser()).resolve() != hooks.resolve()
    return None if elsewhere or hooks.is_symlink() else hooks
