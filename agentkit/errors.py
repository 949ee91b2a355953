"""What goes wrong for a user, and the exit codes of every command."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

DONE = 0
FAILED = 1  # findings, drift or an error; the tree is untouched
USAGE = 2
CONFLICTS = 3
NOTHING_TO_DO = 10
INTERRUPTED = 130


@dataclass(eq=False)  # not frozen: raising sets __traceback__
class AgentkitError(Exception):
    """A mistake or a failure that a user can act on.

    `what` happened, `where` (file:line, question or repository), and what to do to `fix` it.
    """

    what: str
    where: str = ""
    fix: str = ""
    code: int = FAILED

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}\n  {self.fix}" if self.fix else text


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The nearest known word as the start of a sentence, or nothing."""
    close = difflib.get_close_matches(word, list(known), 1)
    return f"did you mean {close[0]}? " if close else ""
