"""A terminal for a command: what it prints, and keys to press."""

import codecs
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.unit.support import COMMAND

PATIENCE = 60  # seconds until what is not there counts as missing
ESCAPE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|\x1b[()][0-9A-B]|\x1b[=>78]")
UP, DOWN, SPACE, ENTER, CTRL_C, BACKSPACE = "\x1b[A", "\x1b[B", " ", "\r", "\x03", "\x7f"


class Terminal:
    """Runs the command on a pseudo-terminal of its own."""

    def __init__(
        self, *args: str, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 120, 0, 0))
        self._process = subprocess.Popen(
            [*COMMAND, *args],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=cwd,
            env=env,
            start_new_session=True,
        )
        os.close(theirs)
        self.raw = ""
        self._seen = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._told = 0  # how often we said where the cursor is

    @property
    def text(self) -> str:
        """Everything printed so far, without colours and movements of the cursor."""
        return ESCAPE.sub("", self.raw)

    def see(self, words: str) -> str:
        """Wait for words that were not seen before; returns all that came up to them."""
        until = time.monotonic() + PATIENCE
        while (at := self.text.find(words, self._seen)) < 0:
            if not self._read(until):
                raise AssertionError(f"{words!r} never came, but:\n{self.text[self._seen :]}")
        before, self._seen = self.text[self._seen : at], at + len(words)
        return before

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def code(self) -> int:
        """Wait for the end; returns the exit code."""
        until = time.monotonic() + PATIENCE
        while self._read(until):
            pass
        return self._process.wait(PATIENCE)

    def _read(self, until: float) -> bool:
        ready, _, _ = select.select([self._ours], [], [], max(0, until - time.monotonic()))
        try:
            more = os.read(self._ours, 65536) if ready else b""
        except OSError:  # Linux: the other end is closed
            more = b""
        self.raw += self._decoder.decode(more)
        while self._told < self.raw.count("\x1b[6n"):  # where is the cursor?
            self._told += 1
            self.press("\x1b[1;1R")
        return bool(more)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._ours)
