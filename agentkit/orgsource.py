"""Where an org file comes from: a path, or a git repository at a version, pinned by commit.

What a project records is pinned, so that a new version of the org file reaches it by a change of
the project that somebody reviews, and never turns a thousand pipelines red at once.
"""

import hashlib
import os
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentkit import address, config, disk, git
from agentkit.errors import USAGE, AgentkitError
from agentkit.names import ORG_FILE as NAME
from agentkit.names import SETTINGS as SETTINGS

if TYPE_CHECKING:  # `agentkit check` of what has not changed reads no org file
    from agentkit.orgfile import Org

VARIABLE = "AGENTKIT_ORG"


@dataclass(frozen=True)
class Pin:
    """One version of an org file: what a project records of it."""

    source: str
    version: str = ""  # a tag, or empty
    commit: str = ""
    sha256: str = ""

    @property
    def told(self) -> dict[str, str]:
        """As a table of TOML, without what is empty."""
        return {name: value for name, value in vars(self).items() if value}


def named(given: str = "") -> str:
    """The org file that was asked for: an option, the environment, or the user's settings.

    Raises AgentkitError when those cannot be read.
    """
    if given or (given := os.environ.get(VARIABLE, "")):
        return given
    path = config.config_file()
    try:
        return str(tomllib.loads(path.read_text("utf-8")).get("org", ""))
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, ValueError) as e:  # it may name one, whose locks would not hold
        raise AgentkitError(f"this cannot be read: {e}", str(path)) from e


def split(spec: str) -> tuple[str, str]:
    """`URL@REF` as its two halves; what stands after the last @ is no ref if it is a path."""
    left, at, right = spec.rpartition("@")
    if not at or not left or any(c in right for c in "/:\\"):
        return spec, ""
    return left, right


def fetch(spec: str) -> "tuple[Org, Pin]":
    """The org file at `PATH` or `URL[@REF]`; raises AgentkitError."""
    from agentkit import orgfile, source

    origin, ref = split(spec)
    path = address.local(spec) or address.local(origin)
    if path and not (path / ".git").exists():
        org = orgfile.load(path)
        content = (path / NAME if path.is_dir() else path).read_bytes()
        return org, Pin(str(path), sha256=hashlib.sha256(content).hexdigest())
    with source.versions(origin, ref) as (found,):
        file = found.root / NAME
        name = str(path) if path else address.redacted(origin)
        org = orgfile.load(file, f"{name}@{found.version}:{NAME}")
        content = file.read_bytes()
    pin = Pin(name, found.version, found.digest, hashlib.sha256(content).hexdigest())
    _keep(pin, content)
    return org, pin


def recorded(root: Path, base: str = "") -> Pin | None:
    """What a project records, now or at a commit `base`; None if it follows no org file.

    Raises AgentkitError.
    """
    try:
        told = tomllib.loads(_settings(root, base)).get("org")
    except (OSError, ValueError) as e:
        raise AgentkitError(f"this cannot be read: {e}", str(root / SETTINGS)) from e
    if told is None:
        return None
    if not isinstance(told, Mapping) or not isinstance(told.get("source"), str):
        raise AgentkitError("[org] names no source", str(root / SETTINGS), code=USAGE)
    return Pin(**{name: str(told.get(name, "")) for name in vars(Pin(""))})


def _settings(root: Path, base: str) -> str:
    path = root / SETTINGS
    if not base:
        return path.read_text("utf-8") if path.is_file() else ""
    git.check(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{base}^{{commit}}")
    shown = git.run(root, "show", f"{base}:./{SETTINGS}")
    return shown.stdout if shown.returncode == 0 else ""


def of(root: Path, given: str = "", base: str = "") -> "tuple[Org, Pin] | None":
    """The org file that was asked for, else the one that the project records, as it was pinned.

    Raises AgentkitError when it cannot be had, or is not what was pinned.
    """
    found = found_unread(root, given, base)
    return (found[0](), found[1]) if found else None


def found_unread(
    root: Path, given: str = "", base: str = ""
) -> "tuple[Callable[[], Org], Pin] | None":
    """The same, not read yet where a whole copy is in the cache. Raises AgentkitError."""
    if given:
        org, pin = fetch(given)
        return (lambda: org), pin
    recent = recorded(root, base)
    if recent is None:
        return None
    place = _place(recent)
    if place.is_file() and hashlib.sha256(place.read_bytes()).hexdigest() == recent.sha256:
        return (lambda: _kept(place, recent)), recent
    org, pin = fetch(f"{recent.source}@{recent.commit}" if recent.commit else recent.source)
    if recent.sha256 and pin.sha256 != recent.sha256:
        fix = "review the change, then agentkit org follow records it"
        raise AgentkitError("the org file is no longer what was pinned", recent.source, fix)
    return (lambda: org), recent


def _kept(place: Path, pin: Pin) -> "Org":
    from agentkit import orgfile

    return orgfile.load(place, f"{pin.source}@{pin.version or pin.commit}:{NAME}")


def follow(root: Path, pin: Pin) -> None:
    """Record an org file in a project's agentkit.toml; raises AgentkitError."""
    path = root / SETTINGS
    with disk.telling(path):
        before = path.read_text("utf-8") if path.is_file() else ""
        disk.replace(path, text(pin, before).encode())


def text(pin: Pin, before: str = "") -> str:
    """What agentkit.toml is with this org file recorded."""
    import tomlkit  # here, for every `agentkit check` reads this module and few write

    document: Any = tomlkit.parse(before)
    table = tomlkit.table()
    table.update(pin.told)
    document["org"] = table
    return tomlkit.dumps(document)


def _place(pin: Pin) -> Path:
    return config.cache_dir() / "orgs" / (pin.commit or "none") / NAME


def _keep(pin: Pin, content: bytes) -> None:
    """Keep a version for later runs; a cache that cannot be written costs time only."""
    import tempfile

    place = _place(pin)
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as file:
            file.write(content)
        os.replace(file.name, place)
