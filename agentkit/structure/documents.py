"""Merge the data of TOML, YAML and JSON, and write it into the text of one version."""

import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import yaml

from agentkit.structure import data, json_text, toml_text, toml_view, tree, yaml_text
from agentkit.structure.rewrite import rewrite
from agentkit.structure.tree import Node, Style

REFUSALS = (ValueError, SyntaxError, yaml.YAMLError, ArithmeticError, RecursionError, MemoryError)
MARKER = re.compile(r"^(?=---(?:\s|$))", re.MULTILINE)


@dataclass(frozen=True)
class Version:
    """One version of a file."""

    root: Node
    data: Any

    def says(self, other: "Version") -> bool:
        """Whether only formatting differs."""
        notes = tree.comments(self.root) == tree.comments(other.root)
        return notes and data.same(self.data, other.data)


Reader = Callable[[str], Version]


def _json(text: str) -> Version:
    root = json_text.read(text)
    return Version(root, root.value)


def _toml(text: str) -> Version:
    return Version(toml_text.read(text), toml_text.parse(text))


def _yaml(text: str) -> Version:
    root = yaml_text.read(text)
    return Version(root, root.value)


READERS: dict[str, Reader] = {".json": _json, ".toml": _toml, ".yaml": _yaml, ".yml": _yaml}


def merge(read: Reader, *texts: str) -> str | None:
    """Base, ours, theirs and favoured, merged by their data; None or an error: it stands."""
    if read is _yaml and any(len(_documents(text)) > 1 for text in texts):
        return _several(*texts)
    base, ours, theirs = (read(text) for text in texts[:3])
    if theirs.says(base):
        return texts[1]
    wanted = data.merge(base.data, ours.data, theirs.data)
    notes = tree.needed(base.root, ours.root, theirs.root)
    for text in (texts[3], texts[1]):
        with suppress(*REFUSALS):
            written = _written(read, text, wanted, base, theirs)
            check = read(written)
            if data.same(check.data, wanted) and notes <= Counter(tree.comments(check.root)):
                return written
    return texts[2] if ours.says(base) else None


def _written(read: Reader, text: str, wanted: Any, base: Version, theirs: Version) -> str:
    """`text`, edited to say `wanted`."""
    mine = read(text)
    sides = (mine, base, theirs)
    roots = [side.root for side in sides]
    if read is _toml:
        roots = [toml_view.renamed(side.root, side.data, wanted) for side in sides]
        wanted = toml_view.view(wanted, roots[0], roots[2])
    elif read is _json:
        roots[2] = json_text.like(theirs.root, mine.root)
    root = roots[0]
    if root.style is Style.LEAF and data.same(root.value, wanted):
        return text
    if not root.entries and root.style is Style.BRACKETS and roots[2].style is Style.BLOCK:
        return text[: root.start] + rewrite(roots[2], wanted, None, None)  # `{}` holds no lines
    return text[: root.start] + rewrite(root, wanted, *roots[1:]) + text[root.end :]


def _several(*texts: str) -> str | None:
    """Several documents: each by itself, if every version has the same ones."""
    merged = []
    for versions in zip(*map(_documents, texts), strict=True):
        if len({_called(_yaml(text).data) for text in versions}) > 1:
            return None
        merged.append(merge(_yaml, *versions))
    return None if None in merged else "".join(text or "" for text in merged)


def _documents(text: str) -> list[str]:
    """The documents of a YAML file; what stands before the first belongs to it."""
    head, *rest = MARKER.split(text)
    if rest and all(line[:1] in ("", "#", "%") for line in head.split("\n")):
        return [head + rest[0], *rest[1:]]
    return [head, *rest]


def _called(manifest: Any) -> str:
    """What Kubernetes knows an object by."""
    named = manifest if isinstance(manifest, dict) else {}
    metadata = named.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return repr((named.get("kind"), name))
