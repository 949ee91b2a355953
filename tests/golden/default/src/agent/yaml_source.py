"""YAML in which every key knows its line, and manifests under the overlay of an environment."""

import difflib
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from agent import toml_source
from agent.errors import Problem

Key = tuple[str | int, ...]
Report = Callable[[Key, str], None]


class _Loader(yaml.SafeLoader):
    """SafeLoader in which only true and false are booleans, so `choices: [yes, no]` stays text."""


_BOOL = "tag:yaml.org,2002:bool"
_Loader.yaml_implicit_resolvers = {
    first: [(tag, regex) for tag, regex in pairs if tag != _BOOL]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|false)$"), list("tf"))


@dataclass
class Source:
    """One file: its parsed value, the line of every key in it, and which keys other files hold."""

    path: Path
    data: Any = None
    lines: dict[Key, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    inside: dict[Key, "Source"] = field(default_factory=dict)

    def problem(self, key: Key, message: str) -> None:
        source, key = self.owner(key)
        line = source.lines.get(key[: source.depth(key)], 1)
        self.problems.append(Problem(source.path.as_posix(), line, dotted(key), message))

    def depth(self, key: Key) -> int:
        """How much of a path is written here: a missing key is reported at its parent."""
        source, rest = self.owner(key)
        written = (n for n in range(len(rest), 0, -1) if rest[:n] in source.lines)
        return len(key) - len(rest) + next(written, 0)

    def owner(self, key: Key) -> tuple["Source", Key]:
        """The file that holds a key, and what the key is in it."""
        for top, source in self.inside.items():
            if key[: len(top)] == top:
                return source, key[len(top) :]
        return self, key

    def read(self) -> "Source":
        """Parse the file if it exists; what is wrong with it becomes a problem."""
        try:
            return self.parse(self.path.read_text(encoding="utf-8")) if self.path.exists() else self
        except (OSError, ValueError):
            self.problem((), "cannot be read as UTF-8 text")
        return self

    def parse(self, text: str) -> "Source":
        """Take the text for that of the file."""
        if self.path.suffix == ".toml":
            self.data, self.lines, problems = toml_source.parse(text)
            file = self.path.as_posix()
            self.problems += [Problem(file, line, "toml", message) for line, message in problems]
            return self
        try:
            loader = _Loader(text)
            if node := loader.get_single_node():
                self._index(node, ())
                self.data = loader.construct_document(node)
                if not isinstance(self.data, dict):
                    self.problem((), "expected a mapping of keys to values")
        except yaml.MarkedYAMLError as e:
            mark = e.problem_mark or e.context_mark
            line = mark.line + 1 if mark else 1
            self.problems.append(Problem(self.path.as_posix(), line, "yaml", str(e.problem)))
        except (ValueError, RecursionError, yaml.YAMLError):
            self.problem((), "cannot be read as YAML")
        return self

    def _index(self, node: yaml.Node, key: Key) -> None:
        self.lines.setdefault(key, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            for name, value in node.value:
                child = (*key, name.value)
                first, self.lines[child] = self.lines.get(child), name.start_mark.line + 1
                if first:
                    self.problem(child, f"duplicate key, first on line {first}")
                self._index(value, child)
        elif isinstance(node, yaml.SequenceNode):
            for i, value in enumerate(node.value):
                self._index(value, (*key, i))


@dataclass
class Layers:
    """A manifest: its own file, and what the environment's overlay says about it."""

    name: str
    base: Source
    overlay: Source

    @property
    def data(self) -> Any:
        return patch(self.base.data, (self.overlay.data or {}).get(self.name, {}))

    def problem(self, key: Key, message: str) -> None:
        """Report a mistake in the file that made it: the one where more of the path is written."""
        over, least = (self.name, *key), 1 if key else 0
        if self.overlay.depth(over) > max(least, self.base.depth(key)):
            self.overlay.problem(over, message)
        else:
            self.base.problem(key, message)


def dotted(key: Key) -> str:
    text = "".join(f"[{k}]" if isinstance(k, int) else f".{k}" for k in key)
    return text.removeprefix(".") or "(file)"


def patch(base: Any, over: Any) -> Any:
    """Mappings are merged key by key; anything else in the overlay replaces what was there."""
    if isinstance(base, dict) and isinstance(over, dict):
        return base | {k: patch(base.get(k), v) for k, v in over.items()}
    return over


def unknown(kind: str, name: str, known: Collection[str]) -> str:
    """`unknown agent "plannr", did you mean "planner"?`"""
    close = difflib.get_close_matches(name, known, 1)
    return f'unknown {kind} "{name}"' + (f', did you mean "{close[0]}"?' if close else "")


def refer(report: Report, key: Key, kind: str, name: str | None, known: Collection[str]) -> None:
    if name is not None and name not in known:
        report(key, unknown(kind, name, known))
