"""What `agentkit check` said of a tree that has not changed since: said again, without looking.

The key is all that an answer depends on: the options, the day, the version of agentkit, the org
file, and of each file what git itself looks at: path, size, and times. It is kept in the cache.
"""

import hashlib
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from agentkit import __version__, config, disk, git
from agentkit.rules.view import View

KEPT = 200  # answers


def key(view: View, options: Sequence[Any]) -> str:
    """The name of an answer; raises AgentkitError for a tree that is too large."""
    told = hashlib.sha256(repr((__version__, _code(), *options, str(view.today))).encode())
    head = git.run(view.root, "rev-parse", "HEAD").stdout if view.versioned else ""
    told.update(f"{view.root}\0{head}".encode())
    for name in view.files:
        at = os.stat(view.root / name)
        fields = name, name in view.tracked, at.st_size, at.st_mtime_ns, at.st_ctime_ns, at.st_mode
        told.update(repr(fields).encode("utf-8", "surrogateescape"))
    return told.hexdigest()


def _code() -> list[float]:
    """The age of our own rules, and of the folders where packages with more are installed."""
    own = max(p.stat().st_mtime for p in Path(__file__).parent.glob("rules/*.py"))
    return [own, *(os.stat(place).st_mtime for place in sys.path if os.path.isdir(place))]


def recall(name: str) -> dict[str, Any] | None:
    """The answer of that name, if there is one."""
    with suppress(OSError, ValueError):
        answer: dict[str, Any] = json.loads((_folder() / name).read_text("utf-8"))
        return answer
    return None


def keep(name: str, answer: dict[str, Any]) -> None:
    """Keep an answer for the next time; a cache that cannot be written costs time only."""
    with suppress(OSError):
        folder = _folder()
        folder.mkdir(parents=True, exist_ok=True)
        disk.replace(folder / name, json.dumps(answer).encode())
        old = sorted(folder.iterdir(), key=lambda p: p.stat().st_mtime)[:-KEPT]
        for path in old:
            path.unlink(missing_ok=True)


def _folder() -> Path:
    return config.cache_dir() / "checks"
