"""Whose a file is, and what an update may do with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from agentkit.migrations import Migration


@dataclass(frozen=True)
class Policy:
    """What the template and the project say of their files."""

    yours: tuple[str, ...] = ()  # patterns: written once, then the user's
    ejected: tuple[str, ...] = ()  # the same, said by the project
    shared: tuple[str, ...] = ()
    again: bool = False  # a deleted file that is yours is made again: copier's _skip_if_exists
    before: Mapping[str, str] = field(default_factory=dict)  # the part that wrote a file
    after: Mapping[str, str] = field(default_factory=dict)
    migrations: tuple[Migration, ...] = ()
    cause: str = "the template"  # of the changes: at the same version it is the answers
    overlaid: Mapping[str, bool] = field(default_factory=dict)  # its files: are they the user's?
    of_overlay: str = ""  # the cause of changes in these

    def owner(self, path: str) -> str:
        """Who owns a file of the template: yours, shared or managed."""
        if self._own(path) or self._ejected.match_file(path):
            return "yours"
        if path not in self.overlaid and self._shared.match_file(path):
            return "shared"
        return "managed"

    def frozen(self, path: str) -> bool:
        """Does the template's side of this file stay as it was?

        Not where another part writes it now: a new pattern brings its own workflow.
        """
        if self._ejected.match_file(path):
            return True
        same = self.before.get(path, "") == self.after.get(path, self.before.get(path, ""))
        return same and self._own(path) and not self._dropped(path)

    def taken_over(self, path: str) -> bool:
        """Is it a file of the user's that another part writes, or takes away?"""
        return self.owner(path) == "yours" and not self.frozen(path)

    def made_again(self, path: str) -> bool:
        """Is a file that the user deleted made anew, as the template asks?"""
        return self.again and path not in self.overlaid and not self._ejected.match_file(path)

    def author(self, path: str) -> str:
        """What changes a file: the template, an overlay, or new answers."""
        return self.of_overlay or self.cause if path in self.overlaid else self.cause

    def _own(self, path: str) -> bool:
        """Is it written once? An overlay says so of its files, the template of the others."""
        return self.overlaid[path] if path in self.overlaid else self._yours.match_file(path)

    def _dropped(self, path: str) -> bool:
        """Has the part that wrote it been removed?"""
        part = self.before.get(path, "")
        return bool(part) and path not in self.after and part not in self.after.values()

    @cached_property
    def _yours(self) -> Any:
        return _spec(self.yours)

    @cached_property
    def _ejected(self) -> Any:
        return _spec(self.ejected)

    @cached_property
    def _shared(self) -> Any:
        return _spec(self.shared)


def _spec(patterns: Iterable[str]) -> Any:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(patterns)
