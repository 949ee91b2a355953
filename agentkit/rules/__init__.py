"""Rules: what a repository of an agent service should look like. Each is one small class."""

import functools
import hashlib
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from agentkit.errors import AgentkitError
from agentkit.rules.view import View

Severity = Literal["low", "medium", "high", "critical"]
Confidence = Literal["exact", "structural", "heuristic"]
SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high", "critical")
GROUP = "agentkit.rules"  # the entry points of packages with more rules
REGISTRY: dict[str, "Rule"] = {}


@dataclass(frozen=True)
class Finding:
    """One place that breaks a rule. `key` tells it from others of its file, however lines move."""

    rule: str
    path: str
    line: int
    message: str
    key: str = ""

    @property
    def fingerprint(self) -> str:
        """The same for the same finding after lines were added above it."""
        told = f"{self.rule}\0{self.path}\0{self.key or self.message}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]


class Rule(ABC):
    """One thing that a repository should do. The first line of the docstring is the title.

    To add a rule, write a subclass in the module of its family, with an `id` that was never used.
    """

    id: ClassVar[str] = ""
    severity: ClassVar[Severity] = "medium"
    confidence: ClassVar[Confidence] = "exact"
    why: ClassVar[str] = ""
    fix: ClassVar[str] = ""
    url: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        if cls.id in REGISTRY:
            raise ValueError(f"{cls.id} is two rules")
        if cls.id:
            REGISTRY[cls.id] = cls()

    @property
    def title(self) -> str:
        """What holds when nothing is found."""
        return (self.__doc__ or "").strip().splitlines()[0].rstrip(".")

    @property
    def family(self) -> str:
        """The letters of the id: AK-IMG002 is of the family IMG."""
        return self.id.removeprefix("AK-").rstrip("0123456789")

    def applies(self, view: View) -> bool:
        """Is there anything in this repository that the rule is about?"""
        return True

    @abstractmethod
    def check(self, view: View) -> Iterable[Finding]:
        """Every place that breaks the rule."""

    def repair(self, view: View) -> Mapping[str, str | None]:
        """Files as the rule wants them, or None for one that must go; empty: a person decides.

        It must be safe, or the rule is named in `UNSAFE` of fixes.py.
        """
        return {}

    def at(self, path: str, line: int, message: str, key: str = "") -> Finding:
        """A finding of this rule."""
        return Finding(self.id, path, line, message, key)


def load() -> dict[str, Rule]:
    """Every rule by its id, in the order of the ids; raises AgentkitError for a broken package."""
    import importlib
    import pkgutil

    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    _load_others()
    return dict(sorted(REGISTRY.items()))


@functools.cache
def _load_others() -> None:
    """The rules of installed packages; never of the folder one stands in, which is checked."""
    if not any(map(_offers, sys.path)):
        return  # no import of what reads the metadata of all packages
    import importlib.metadata

    for entry in importlib.metadata.entry_points(group=GROUP):
        if entry.dist and Path(str(entry.dist.locate_file(""))).resolve() == Path.cwd():
            continue
        try:
            entry.load()
        except Exception as e:  # it is code that anybody may have written
            what = f"the rules of {entry.value} cannot be loaded: {type(e).__name__}: {e}"
            raise AgentkitError(what, fix="mend or uninstall that package") from e


def _offers(place: str) -> bool:
    """Does a package in this folder of sys.path name our group? Whatever is no folder may."""
    try:
        infos = [entry.path for entry in os.scandir(place or ".") if entry.name.endswith("-info")]
    except OSError:
        return os.path.exists(place)
    for info in infos:
        with suppress(OSError), open(f"{info}/entry_points.txt", "rb") as file:
            if GROUP.encode() in file.read():
                return True
    return False


def foreign() -> bool:
    """Are there rules of other packages?"""
    return any(not type(rule).__module__.startswith(__name__) for rule in REGISTRY.values())


def every(rules: Iterable[Rule], view: View) -> Iterator[Finding]:
    """The findings of several rules."""
    for rule in rules:
        if rule.applies(view):
            yield from rule.check(view)
