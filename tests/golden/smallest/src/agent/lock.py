"""config/manifest.lock: which manifests somebody has reviewed for production.

A line for each file: its path, its version, and its SHA-256. `agent lock` writes it, a person
commits it, and AGENT_ENV=production refuses to start with anything else.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from agent.errors import ConfigError
from agent.manifests import Manifests, hashes
from agent.yaml_source import Source

NAME = "manifest.lock"
HOW = "review the manifests, run `agent lock`, and commit that file"
UNLOCKED = "provider_credentials.yaml"  # differs between deployments, and is in no repository


def write(config_dir: Path) -> Path:
    """Lock the manifests as they are."""
    path, found = config_dir / NAME, hashes(config_dir)
    lines = [f"{name} {version_of(config_dir / name)} {sha}\n" for name, sha in locked(found)]
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
    return sorted({name for name, _ in before.items() ^ set(locked(found))})


def require(manifests: Manifests) -> None:
    """The check at start and reload: elsewhere than in production, changes need no lock."""
    if manifests.environment == "production" and (missing := check(manifests)):
        raise ConfigError(missing)


def locked(found: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted((name, sha) for name, sha in found.items() if name != UNLOCKED)


def version_of(path: Path) -> str:
    """Overlays have none."""
    data = Source(path).read().data
    return str(data.get("version", "-")) if isinstance(data, dict) else "-"


def seen(config_dir: Path) -> dict[str, str]:
    """The SHA-256 of the lock file, so that a running service notices a new one."""
    path = config_dir / NAME
    return {NAME: hashlib.sha256(path.read_bytes()).hexdigest()} if path.exists() else {}
