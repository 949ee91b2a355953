"""What rendering a template of others may take, and how a process keeps to it."""

import os
import signal
from contextlib import suppress
from dataclasses import dataclass

try:
    import resource
except ImportError:  # Windows has no limits
    resource = None  # type: ignore[assignment]

LEASH = 0.5  # seconds between two looks whether the parent lives
KINDS = {"memory": "RLIMIT_AS", "cpu": "RLIMIT_CPU", "file": "RLIMIT_FSIZE"}


@dataclass(frozen=True)
class Limits:
    """The limits of one call, in bytes and seconds."""

    memory: int = 2 << 30
    cpu: int = 60
    file: int = 100 << 20
    wall: float = 120.0  # unless a person is asked
    files: int = 20_000
    total: int = 500 << 20

    def exceeded(self, name: str) -> str:
        """What to say when a limit is exceeded."""
        return {
            "memory": f"needs more than {self.memory >> 20} MB of memory",
            "cpu": f"needs more than {self.cpu} s of processor time",
            "file": f"renders a file of more than {self.file >> 20} MB",
            "wall": f"needs more than {self.wall:g} s",
            "files": f"renders more than {self.files} files",
            "total": f"renders more than {self.total >> 20} MB",
        }[name]


LIMITS = Limits()


def impose(limits: Limits) -> None:
    """Limit this process, and those that it starts."""
    if resource is None:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for name, kind in KINDS.items():
        number, most = getattr(resource, kind), getattr(limits, name)
        _, hard = resource.getrlimit(number)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with suppress(ValueError, OSError):  # macOS has no limit of memory
            resource.setrlimit(number, (most, hard))  # at a hard limit it would die without a word


def leash(parent: int) -> None:
    """End this process when its parent has ended."""
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, lambda *_: os.getppid() != parent and os._exit(1))
        signal.setitimer(signal.ITIMER_REAL, LEASH, LEASH)
