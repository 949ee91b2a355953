"""The rules for https://repo-review.readthedocs.io, which has its own way to choose and to report.

Whether a rule counts, and what is waived, is said there: in [tool.repo-review] of pyproject.toml.
"""

import functools
from importlib.resources.abc import Traversable
from pathlib import Path

from agentkit import rules
from agentkit.rules import Rule
from agentkit.rules.view import View

SHOWN = 10  # findings of one rule


class Check:
    """One rule, as repo-review calls it. A repository that is on the network is skipped."""

    def __init__(self, rule: Rule):
        self.rule = rule
        self.family = f"agentkit {rule.family}"
        self.url = rule.url
        self.__doc__ = _plain(rule.title)

    def check(self, root: Traversable) -> bool | str | None:
        """True when it holds, None when it does not apply, else what was found."""
        view = _view(root) if isinstance(root, Path) else None
        if view is None or not self.rule.applies(view):
            return None
        found = sorted((f.path, f.line, f.message) for f in self.rule.check(view))
        lines = [f"{path}:{line}: {message}" for path, line, message in found[:SHOWN]]
        if len(found) > SHOWN:
            lines.append(f"and {len(found) - SHOWN} more")
        return "\n\n".join([*lines, self.rule.fix]) if found else True


@functools.lru_cache(1)
def _view(root: Path) -> View:
    return View(root)


def _plain(text: str) -> str:
    """repo-review formats it."""
    return text.replace("{", "{{").replace("}", "}}")


def checks() -> dict[str, Check]:
    """Every rule by its id."""
    return {name: Check(rule) for name, rule in rules.load().items()}
