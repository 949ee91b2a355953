"""Renders templates of others in a process with limits, and without the secrets of this user."""

import json
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from agentkit import limits
from agentkit.errors import INTERRUPTED, AgentkitError

# All that Python needs to start and a terminal to show questions; what else there is may be secret.
NEEDED = re.compile(
    r"(PYTHON|LC_|LANG|TERM|COLORTERM|NO_COLOR|COLUMNS|LINES|LD_LIBRARY_PATH|DYLD_)"
    r"|(TZ|VIRTUAL_ENV|SYSTEMROOT)$"
)
PAUSE = 0.5  # seconds between two looks at what was written
GRACE = 5.0  # seconds to end after an interrupt


@dataclass(frozen=True)
class Mode:
    """How the process runs."""

    prompt: bool = False  # it asks on the terminal
    free: bool = False  # the templates are trusted: it has the user's environment
    tasks: bool = False  # and runs their commands, without limits
    program: str = "agentkit.child"
    own: limits.Limits | None = None  # other ones than those for templates

    @property
    def most(self) -> limits.Limits:
        """Its limits."""
        return self.own or limits.LIMITS

    @property
    def attended(self) -> bool:
        """Does it share the terminal, and so its interrupts?"""
        return self.prompt or self.tasks


def run(jobs: Sequence[Mapping[str, Any]], folders: Sequence[Path], mode: Mode) -> list[Any]:
    """Render jobs, each into its folder; returns what child.py says of each.

    Raises AgentkitError when a limit is exceeded, KeyboardInterrupt when it was interrupted.
    """
    with TemporaryDirectory(prefix="agentkit-", ignore_cleanup_errors=True) as scratch:
        place = Path(scratch)
        bound = None if mode.tasks else mode.most
        request = {"jobs": [*map(dict, jobs)], "parent": os.getpid(), "limits": bound}
        (place / "request").write_bytes(pickle.dumps(request))
        with (place / "errors").open("wb") as errors:
            child = _start(place, mode, errors.fileno())
            excess = _wait(child, folders, mode)
        told = [_outcome(place / f"{n}.json") for n in range(len(jobs))]
        if child.returncode in (INTERRUPTED, -signal.SIGINT):
            raise KeyboardInterrupt
        limit = next((t["limit"] for t in told if t and "limit" in t), "")
        if excess or limit:
            raise AgentkitError(f"the template {excess or mode.most.exceeded(limit)}")
        if None in told and not any(t and "what" in t for t in told):
            raise AgentkitError(f"the template {_ended(child.returncode, place / 'errors', mode)}")
        return told


def environment(place: Path) -> dict[str, str]:
    """What a template of others sees of this machine: an empty home, and no programs, no git."""
    kept = {name: value for name, value in os.environ.items() if NEEDED.match(name)}
    for name in ("home", "programs", "tmp"):
        (place / name).mkdir(exist_ok=True)
    home, programs, tmp = (str(place / name) for name in ("home", "programs", "tmp"))
    return kept | {"HOME": home, "USERPROFILE": home, "PATH": programs, "TMPDIR": tmp, "TMP": tmp}


def _start(place: Path, mode: Mode, errors: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", mode.program, str(place)],
        env=None if mode.free else environment(place),
        stdin=None if mode.attended else subprocess.DEVNULL,
        stdout=None if mode.prompt else 2 if mode.tasks else errors,  # stdout is for our report
        stderr=None if mode.tasks else errors,
        process_group=None if mode.attended else 0,
    )


def _wait(child: subprocess.Popen[bytes], folders: Sequence[Path], mode: Mode) -> str:
    """Wait for the end; returns which limit was exceeded."""
    over, told = threading.Event(), list[str]()

    def watch() -> None:
        seconds = 0.0
        while not over.wait(PAUSE) and not told:
            seconds += PAUSE
            if excess := _excess(folders, 0.0 if mode.prompt else seconds, mode.most):
                told.append(excess)
                _kill(child, mode)

    if not mode.tasks:
        threading.Thread(target=watch, daemon=True).start()
    try:
        child.wait()
    except BaseException:
        child.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            child.wait(GRACE)
        raise
    finally:
        over.set()
        _kill(child, mode)
    return next(iter(told), "" if mode.tasks else _excess(folders, 0.0, mode.most))


def _kill(child: subprocess.Popen[bytes], mode: Mode) -> None:
    """End the process and those that it has started."""
    child.kill()
    if not mode.attended and hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)


def _excess(folders: Sequence[Path], seconds: float, most: limits.Limits) -> str:
    """Which limit of time or of output is exceeded by now."""
    if seconds > most.wall:
        return most.exceeded("wall")
    files = total = 0
    for parent, names, others in (step for folder in folders for step in os.walk(folder)):
        files += len(names) + len(others)
        for name in others:
            with suppress(OSError):
                total += os.lstat(os.path.join(parent, name)).st_size
        if files > most.files or total > most.total:
            return most.exceeded("files" if files > most.files else "total")
    return ""


def _outcome(path: Path) -> Any:
    return json.loads(path.read_bytes()) if path.is_file() else None


def _ended(code: int, errors: Path, mode: Mode) -> str:
    """Why the process ended before it was done."""
    if code == -signal.SIGXCPU:
        return mode.most.exceeded("cpu")
    lines = errors.read_text("utf-8", "replace").splitlines()
    if any("MemoryError" in line for line in lines):
        return mode.most.exceeded("memory")
    if code < 0:
        return f"cannot be rendered: its process was ended by {signal.Signals(-code).name}"
    last = next((line.strip() for line in reversed(lines) if line.strip()), f"exit code {code}")
    return f"cannot be rendered: {last}"
