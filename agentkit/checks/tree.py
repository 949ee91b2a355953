"""Is a generated tree sound: does every file parse, may every file be there?"""

import ast
import json
import tomllib
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from agentkit.checks import Finding, paths

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def files(root: Path, *, own_git: bool = False) -> list[str]:
    """Every file below `root`, sorted, relative and with slashes; without .git if `own_git`."""
    found = [p.relative_to(root).as_posix() for p in root.rglob("*") if not _folder(p)]
    return sorted(p for p in found if not (own_git and p.startswith(".git/")))


def findings(root: Path, names: Iterable[str]) -> list[Finding]:
    """What is wrong with these files of `root`; an empty list means a sound tree."""
    names = list(names)
    return [*paths.findings(root, names), *unparsables(root, names), *_ignored(root, names)]


def _folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def unparsables(root: Path, names: Iterable[str]) -> Iterator[Finding]:
    """The files that are not what their names say."""
    for name in names:
        if (root / name).is_symlink() or _loose(root, Path(name)):
            continue
        if words := unparsable(name, (root / name).read_bytes()):
            yield Finding(name, words)


def unparsable(name: str, content: bytes) -> str:
    """Why this YAML, TOML, JSON or Python file does not parse; empty when it does."""
    if parse := PARSERS.get(Path(name).suffix):
        try:
            parse(content if parse is _python else content.decode("utf-8-sig"))
        except UNPARSABLE as e:
            return f"does not parse: {' '.join(str(e).split())}"
    return ""


def _loose(root: Path, path: Path) -> bool:
    """Files that by convention are not what their names say: JSON with comments, Helm's YAML."""
    if path.suffix == ".json":
        editors = {".vscode", ".devcontainer"} & set(path.parts)
        return bool(editors) or path.name.startswith(("tsconfig", "jsconfig", "devcontainer"))
    charts = (p.parent for p in path.parents if p.name == "templates")
    return any((root / chart / "Chart.yaml").is_file() for chart in charts)


def _ignored(root: Path, names: list[str]) -> Iterator[Finding]:
    """A git-ignored file would never be committed, and an update could destroy it."""
    from pathspec import GitIgnoreSpec

    for path in names:
        if Path(path).name != ".gitignore" or (root / path).is_symlink():
            continue
        lines = (root / path).read_text("utf-8", errors="surrogateescape").splitlines()
        try:
            spec = GitIgnoreSpec.from_lines(lines)
        except ValueError as e:
            yield Finding(path, f"does not parse: {e}")
            continue
        prefix = path.removesuffix(".gitignore")
        for name in names:
            if name.startswith(prefix) and spec.match_file(name.removeprefix(prefix)):
                yield Finding(name, f"{path} ignores it")


def _python(text: bytes) -> None:
    with warnings.catch_warnings(action="ignore"):  # an odd escape is the author's affair
        ast.parse(text)


def _yaml(text: str) -> None:
    for _ in yaml.parse(text, Loader):
        pass


UNPARSABLE = (ValueError, SyntaxError, yaml.YAMLError, RecursionError, MemoryError)  # too deep
PARSERS: dict[str, Callable[[Any], object]] = {
    ".json": json.loads,
    ".py": _python,
    ".toml": tomllib.loads,
    ".yaml": _yaml,
    ".yml": _yaml,
}
