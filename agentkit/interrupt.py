"""Ctrl-C, `kill` and a closed terminal end a run in order, and never in the middle of a write."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from agentkit.errors import AgentkitError

SIGNALS = [getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]


_left: list[str] = []  # what this run has done, in words


class Interrupt(KeyboardInterrupt):
    """A signal came."""

    def __init__(self, number: int) -> None:
        self.number = number


def _raise(number: int, frame: object) -> None:
    raise Interrupt(number)


@contextmanager
def handled() -> Iterator[None]:
    """Raises AgentkitError, with the exit code of the signal that came meanwhile."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    known = {n: how for n in SIGNALS if (how := signal.getsignal(n)) not in (signal.SIG_IGN, None)}
    _left[:] = ["nothing was changed"]
    try:
        for number in known:  # not one that nohup ignores
            signal.signal(number, _raise)
        yield
    except KeyboardInterrupt as e:
        number = getattr(e, "number", signal.SIGINT)
        raise AgentkitError(f"interrupted: {_left[-1]}", code=128 + number) from e
    finally:
        for number, how in known.items():
            signal.signal(number, how)


@contextmanager
def deferred(state: str) -> Iterator[None]:
    """Let signals wait until this is over, for every program started in here too.

    `state` says what it leaves.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
        _left.append(state)
    except AgentkitError as e:
        _left.append(str(e))
        raise
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
