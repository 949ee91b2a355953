"""A repository as rules see it: read only, each file at most once, and never beyond a bound."""

import ast
import collections.abc
import datetime as dt
import json
import re
import tomllib
import warnings
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from agentkit.errors import AgentkitError
from agentkit.names import ANSWERS_FILE
from agentkit.rules.listing import Listing

MAX_BYTES = 1 << 20  # larger files are data
ASIDE = re.compile(
    r"(.*/)?(tests?|docs?|examples?|scripts|migrations)/.*|(.*/)?(test_[^/]*|conftest)\.py"
)
T = TypeVar("T")


class Mapping(dict[Any, Any]):
    """A mapping of a YAML file that knows the line of each key, and its own."""

    line: int
    lines: dict[Any, int]


class View(Listing):
    """The files of a repository, and what is in them.

    What cannot be read or parsed is empty: `broken` says why.
    """

    def __init__(
        self,
        root: Path,
        today: dt.date | None = None,
        options: collections.abc.Mapping[str, collections.abc.Mapping[str, Any]] | None = None,
    ):
        super().__init__(root)
        self.today = today or dt.datetime.now(dt.UTC).date()
        self.options = dict(options or {})
        self.broken: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self._made: dict[Any, Any] = {}

    def option(self, rule: str, name: str, default: T) -> T:
        """What the org file says of a rule beyond its status."""
        told: T = self.options.get(rule, {}).get(name, default)
        return told

    def matching(self, pattern: str) -> list[str]:
        """The files whose whole path matches a regular expression."""
        match = re.compile(pattern).fullmatch
        return self.once(("matching", pattern), lambda: [n for n in self.files if match(n)])

    def once(self, key: Any, make: Callable[[], T]) -> T:
        """What several rules need is made for the first of them."""
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made

    def has(self, name: str) -> bool:
        """Is there such a file?"""
        return name in self._known

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.files)

    def text(self, name: str) -> str:
        """The content of a file; empty if there is none, if it is binary, or too large."""
        if name not in self._texts:
            self._texts[name] = self._read(name) if self.has(name) else ""
        return self._texts[name]

    def _read(self, name: str) -> str:
        try:
            with (self.root / name).open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        except OSError as e:
            self.broken[name] = str(e.strerror)
            return ""
        if len(content) > MAX_BYTES or b"\0" in content:
            return ""
        return content.decode("utf-8-sig", "replace")

    def lines(self, name: str) -> Iterator[tuple[int, str]]:
        """The lines of a file, with their numbers."""
        return enumerate(self.text(name).splitlines(), 1)

    def yaml(self, name: str) -> list[Any]:
        """The documents of a YAML file; each mapping is a `Mapping`."""
        from agentkit import bounded  # here: an unchanged repository is not read
        from agentkit.rules.marked import Loader

        return self._once(name, "yaml", [], lambda text: bounded.load(text.encode(), name, Loader))

    def toml(self, name: str) -> dict[str, Any]:
        """A TOML file."""
        return self._once(name, "toml", {}, tomllib.loads)

    def table(self, name: str, *keys: str) -> dict[str, Any]:
        """The table of a TOML file under these keys; empty if there is none."""
        found: Any = self.toml(name)
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else {}

    def json(self, name: str) -> Any:
        """A JSON file."""
        return self._once(name, "json", None, json.loads)

    def python(self, name: str) -> ast.Module:
        """The syntax tree of a Python file."""
        return self._once(name, "python", ast.Module([], []), _python)

    def _once(self, name: str, kind: str, empty: T, parse: Callable[[str], T]) -> T:
        def make() -> T:
            try:
                return parse(text) if (text := self.text(name)) else empty
            except (AgentkitError, ValueError, SyntaxError, RecursionError, MemoryError) as e:
                self.broken[name] = getattr(e, "what", "") or " ".join(str(e).split())
                return empty

        return self.once((kind, name), make)

    @cached_property
    def answers(self) -> dict[str, Any]:
        """What the project records of its template; empty where it has none."""
        documents = self.yaml(ANSWERS_FILE)
        return documents[0] if documents and isinstance(documents[0], dict) else {}

    @cached_property
    def sources(self) -> list[str]:
        """The Python files of the service: without tests, docs and scripts of the repository."""
        return [n for n in self.files if n.endswith(".py") and not ASIDE.fullmatch(n)]

    def saying(self, *names: str) -> list[str]:
        """Those of them whose code may have one of these names, as `a.b` or `*.b`, in any case.

        The others need not be parsed. An identifier can be written in other letters than ours.
        """
        wanted = [[part for part in name.lower().split(".") if part != "*"] for name in names]

        def says(text: str) -> bool:
            return any(all(part in text for part in parts) for parts in wanted)

        return [name for name, text in self._lowered if says(text) or not text.isascii()]

    @cached_property
    def _lowered(self) -> list[tuple[str, str]]:
        return [(name, self.text(name).lower()) for name in self.sources]


def _python(text: str) -> ast.Module:
    with warnings.catch_warnings(action="ignore"):  # an odd escape is the author's affair
        return ast.parse(text)
