"""Did the `version` of each changed manifest move as far as the change asks for?

What somebody may rely on and is gone, or has another type, is a major change: a key, an agent, a
tool, a choice, a node, an edge. What is new is a minor change, any other difference a patch.
"""

import json
import re
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

from agent.errors import ConfigError, ManifestError, Problem
from agent.yaml_source import Source

LEVELS = "nothing", "patch", "minor", "major"
NONE, PATCH, MINOR, MAJOR = range(4)
FREE = re.compile(r"(agents/)?[\w-]+\.(yaml|toml)")  # not schemas, and overlays have no version


def check_bumps(config_dir: Path, ref: str) -> None:
    """Raises `ManifestError` for versions that stayed behind, `ConfigError` for an unknown ref."""
    found: list[Problem] = []
    for name in git(config_dir, "ls-tree", "-r", "--name-only", ref, ".").splitlines():
        now = Source(config_dir / name).read()
        if not FREE.fullmatch(name) or not now.path.exists():
            continue  # who removes a manifest leaves no version to move
        before = Source(now.path).parse(git(config_dir, "show", f"{ref}:./{name}"))
        if isinstance(before.data, dict) and isinstance(now.data, dict):
            found += bump_problem(before.data, now, ref)
    if found:
        raise ManifestError(found)


def bump_problem(before: dict[str, Any], now: Source, ref: str) -> list[Problem]:
    old, new = str(before.get("version")), str(now.data.get("version"))
    level = change(before | {"version": 0}, now.data | {"version": 0})
    least = after(old, level)
    if not least or numbers(new) >= numbers(least):
        return []
    message = f"{ref} has {old}, and the change since is {LEVELS[level]}: make it {least} or higher"
    line = now.lines.get(("version",), 1)
    return [Problem(now.path.as_posix(), line, "version", message)]


def change(old: Any, new: Any) -> int:
    """How much of a change it is, from `NONE` to `MAJOR`."""
    old, new = by_name(old), by_name(new)
    if isinstance(old, dict) and isinstance(new, dict):
        levels = [change(old[key], new[key]) for key in old.keys() & new.keys()]
        levels += [MAJOR] * bool(old.keys() - new.keys()) + [MINOR] * bool(new.keys() - old.keys())
        return max(levels, default=NONE)
    if kind(old) != kind(new):
        return MAJOR if old is not None else MINOR
    return NONE if old == new else PATCH


def by_name(value: Any) -> Any:
    """Lists as mappings, by what tells their elements apart: ids, ends of edges, or themselves."""
    if isinstance(value, dict) and isinstance(value.get("nodes"), list) and "edges" not in value:
        return value | {"edges": in_order(value["nodes"])}
    if not isinstance(value, list) or not value:
        return {} if value == [] else value
    if all(isinstance(item, dict) and "id" in item for item in value):
        return {str(item["id"]): item for item in value}
    if all(isinstance(item, dict) and "from" in item for item in value):
        return {json.dumps(item, sort_keys=True, default=str): 0 for item in value}
    if any(isinstance(item, dict | list) for item in value):
        return dict(enumerate(value))
    return {str(item): 0 for item in value}


def in_order(nodes: list[Any]) -> list[Any]:
    """The edges that a graph without `edges` has."""
    ids = [node["id"] for node in nodes if isinstance(node, dict) and "id" in node]
    return [{"from": a, "to": b} for a, b in pairwise(ids)]


def kind(value: Any) -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return "number" if number else type(value).__name__


def after(version: str, level: int) -> str:
    """The lowest version that says so; nothing if there is none to start from."""
    parts = numbers(version)
    if len(parts) != 3:
        return ""
    major, minor, patch = parts
    least = parts, (major, minor, patch + 1), (major, minor + 1, 0), (major + 1, 0, 0)
    return ".".join(map(str, least[level]))


def numbers(version: str) -> list[int]:
    good = re.fullmatch(r"\d+\.\d+\.\d+", version)
    return [int(part) for part in version.split(".")] if good else []


def git(folder: Path, *args: str) -> str:
    """What git says in a folder. Raises `ConfigError` if that is an error."""
    command = ["git", "-C", str(folder), *args]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        raise ConfigError("git is needed to compare with an earlier version: install it") from None
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise ConfigError(f"git cannot compare {folder}: {said[0] if said else 'it failed'}")
    return done.stdout
