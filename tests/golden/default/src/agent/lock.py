"""config/manifest.lock: which manifests somebody has reviewed for production.

A line for each file: its path, its version, and its SHA-256. `agent lock` writes it, a person
commits it, and AGENT_ENV=production refuses to start with anything else.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from agent.errors import ConfigError
from agent.manifests import PRIVATE, Manifests, hashes
from agent.yaml_source import Source

NAME = "manifest.lock"
HOW = "review the manifests, run `agent lock`, and commit that file"


def write(config_dir: Path) -> Path:
    """Lock the manifests as they are."""
    path = config_dir / NAME
    found = sorted(hashes(config_dir).items())
    lines = [f"{name} {version_of(config_dir / name)} {sha}\n" for name, sha in found]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def check(manifests: Manifests) -> str:
    """What production would miss, if anything. Raises `ConfigError` where the lock does not fit."""
    path = manifests.folder / NAME
    if not path.exists():
        return f"production needs {path.as_posix()}: {HOW}"
    if changed := differences(path, manifests.hashes):
        names = ", ".join(changed)
        raise ConfigError(f"{path.as_posix()} does not fit {names}: {HOW}")
    return ""


def differences(path: Path, found: Mapping[str, str]) -> list[str]:
    """The files that were changed, added or removed since they were locked."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    fields = [line.split() for line in lines]
    before = {line[0]: line[-1] for line in fields if line}
    return sorted({name for name, _ in before.items() ^ found.items()})


def require(manifests: Manifests) -> None:
    """The check at start and reload: elsewhere than in production, changes need no lock."""
    if manifests.environment == "production" and (missing := check(manifests)):
        raise ConfigError(missing)


def version_of(path: Path) -> str:
    """Overlays have none."""
    data = Source(path).read().data
    return str(data.get("version", "-")) if isinstance(data, dict) else "-"


def seen(config_dir: Path) -> dict[str, str]:
    """What beside manifests a running service notices: the lock, and the credentials."""
    found = [path for path in (config_dir / NAME, config_dir / PRIVATE) if path.exists()]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in found}
