"""Ctrl-C, `kill` and a closed terminal end a run in order, and never in the middle of a write."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from agentkit.errors import AgentkitError

SIGNALS = [getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]


class Interrupt(KeyboardInterrupt):
    """A signal came."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.state = ""  # what it leaves


def _raise(number: int, frame: object) -> None:
    raise Interrupt(number)


@contextmanager
def handled() -> Iterator[None]:
    """Raises AgentkitError, with the exit code of the signal that came meanwhile."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    known = {n: how for n in SIGNALS if (how := signal.getsignal(n)) not in (signal.SIG_IGN, None)}
    try:
        for number in known:  # not one that nohup ignores
            signal.signal(number, _raise)
        yield
    except KeyboardInterrupt as e:
        number, state = getattr(e, "number", signal.SIGINT), getattr(e, "state", "")
        words = f"interrupted: {state or 'nothing was changed'}"
        raise AgentkitError(words, code=128 + number) from e
    finally:
        for number, how in known.items():
            signal.signal(number, how)


@contextmanager
def leaving(state: str) -> Iterator[None]:
    """Say what an interrupt in here leaves."""
    try:
        yield
    except Interrupt as e:
        e.state = e.state or state
        raise


@contextmanager
def deferred(state: str) -> Iterator[None]:
    """Let signals wait until this is over, for every program started in here too."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        with leaving(state):
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
