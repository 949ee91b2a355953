"""Where a template lies, as people write it down: a path, an address, or a shortcut for one."""

import re
from contextlib import suppress
from pathlib import Path

from agentkit.errors import AgentkitError

SHORTCUTS = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}
REMOTE = re.compile(r"[a-z][a-z0-9+.-]*://|g[hl]:|git@|git\+", re.I)
COMMAND = re.compile(r"[A-Za-z0-9+.-]+::")  # git takes the rest for a command to run
USER = re.compile(r"((?:git\+)?(?:https?|ftps?)://)[^/\s'\"]*@", re.I)  # it may be a token
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
PASSWORD = re.compile(r"([a-z][a-z0-9+.-]*://[^/\s:@'\"]*):[^/\s'\"]*@", re.I)


def redacted(text: str) -> str:
    """The same text, with no password or token in its addresses."""
    return PASSWORD.sub(r"\1@", USER.sub(r"\1", text))


def check(source: str) -> None:
    """Raises AgentkitError for an address that git would take for an option or a command."""
    if not source or CONTROL.search(source) or source.startswith("-") or COMMAND.match(source):
        shown = CONTROL.sub("?", redacted(source))
        raise AgentkitError("the template cannot be cloned: this is no path or address", shown)


def local(source: str) -> Path | None:
    """The path that a source is; None for an address, whatever the current folder holds."""
    if REMOTE.match(source):
        return None
    with suppress(OSError, RuntimeError, ValueError):
        path = Path(source).expanduser()
        return path.resolve() if path.exists() else None
    return None


def expanded(source: str) -> str:
    """What git takes to clone a source."""
    if path := local(source):
        return str(path)
    for short, url in SHORTCUTS.items():
        if source.startswith(short):
            return f"{url}{source.removeprefix(short).strip('/').removesuffix('.git')}.git"
    return source.removeprefix("git+")


def identity(source: str) -> str:
    """The one name of a source, by which it is trusted."""
    return redacted(expanded(source))
