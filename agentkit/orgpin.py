"""What a project records of the org file that it follows: `[org]` of its agentkit.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentkit import disk, git
from agentkit.errors import USAGE, AgentkitError
from agentkit.names import SETTINGS as SETTINGS


@dataclass(frozen=True)
class Pin:
    """One version of an org file: what a project records of it."""

    source: str
    version: str = ""  # a tag, or empty
    commit: str = ""
    sha256: str = ""
    overlay: str = ""  # its digest

    @property
    def told(self) -> dict[str, str]:
        """As a table of TOML, without what is empty."""
        return {name: value for name, value in vars(self).items() if value}


def recorded(root: Path, base: str = "") -> Pin | None:
    """What a project records, now or at a commit `base`; None if it follows no org file.

    Raises AgentkitError.
    """
    told = _table(root, base)
    if told is None:
        return None
    if not isinstance(told, Mapping) or not isinstance(told.get("source"), str):
        raise AgentkitError("[org] names no source", str(root / SETTINGS), code=USAGE)
    return Pin(**{name: str(told.get(name, "")) for name in vars(Pin(""))})


def answers(root: Path) -> dict[str, Any]:
    """The recorded answers to an organisation's questions; raises AgentkitError."""
    told = _table(root, "")
    found = told.get("answers", {}) if isinstance(told, Mapping) else {}
    if not isinstance(found, Mapping):
        raise AgentkitError("[org.answers] is no table", str(root / SETTINGS), code=USAGE)
    return dict(found)


def _table(root: Path, base: str) -> Any:
    try:
        return tomllib.loads(_settings(root, base)).get("org")
    except (OSError, ValueError) as e:
        raise AgentkitError(f"this cannot be read: {e}", str(root / SETTINGS)) from e


def _settings(root: Path, base: str) -> str:
    path = root / SETTINGS
    if not base:
        return path.read_text("utf-8") if path.is_file() else ""
    git.check(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{base}^{{commit}}")
    shown = git.run(root, "show", f"{base}:./{SETTINGS}")
    return shown.stdout if shown.returncode == 0 else ""


def follow(root: Path, pin: Pin) -> None:
    """Record an org file in a project's agentkit.toml; raises AgentkitError."""
    path = root / SETTINGS
    with disk.telling(path):
        before = path.read_text("utf-8") if path.is_file() else ""
        disk.replace(path, text(pin, before).encode())


def text(pin: Pin, before: str = "", answers: Mapping[str, Any] | None = None) -> str:
    """What agentkit.toml is with this org file recorded, and the answers to its questions."""
    import tomlkit  # here, for every `agentkit check` reads this module and few write

    document: Any = tomlkit.parse(before)
    wanted = {**pin.told, **({"answers": dict(answers)} if answers else {})}
    if not isinstance(document.get("org"), tomlkit.items.Table):
        document["org"] = tomlkit.table()
    _become(document["org"], wanted)
    return tomlkit.dumps(document)


def _become(table: Any, wanted: Mapping[str, Any]) -> None:
    """Give a table these values; what stays as it is keeps its place and its comments."""
    for name in [name for name in table if name not in wanted]:
        del table[name]
    for name, value in wanted.items():
        old = table.get(name)
        if isinstance(value, dict) and isinstance(old, dict):
            _become(old, value)
        elif repr(getattr(old, "unwrap", lambda same=old: same)()) != repr(value):
            table[name] = value
