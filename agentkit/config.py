"""Settings of this machine's user: where the cache lies, and which templates may run code."""

import os
import sys
from pathlib import Path

from agentkit.errors import AgentkitError


def cache_dir() -> Path:
    """The folder for unpacked templates; $AGENTKIT_CACHE_DIR, or the platform's user cache."""
    given = os.environ.get("AGENTKIT_CACHE_DIR")
    return Path(given) if given else usual_cache_dir()


def usual_cache_dir() -> Path:
    """The platform's own place for it."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData/Local"), "agentkit/Cache")
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches/agentkit"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "agentkit")


def private(folder: Path) -> bool:
    """Can nobody else write in this folder? What lies there is rendered, and runs."""
    if not hasattr(os, "getuid"):
        return True
    status = folder.stat()
    return status.st_uid == os.getuid() and not status.st_mode & 0o022


def config_file() -> Path:
    """The user's settings: $AGENTKIT_CONFIG, or agentkit/config.toml among the platform's."""
    if given := os.environ.get("AGENTKIT_CONFIG"):
        return Path(given)
    if sys.platform == "win32":
        folder = Path(os.environ.get("APPDATA") or Path.home() / "AppData/Roaming")
    elif sys.platform == "darwin":
        folder = Path.home() / "Library/Application Support"
    else:
        folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return folder / "agentkit/config.toml"


def trusted() -> frozenset[str]:
    """The templates of others that may run code of their own, by their exact addresses.

    Raises AgentkitError when the file is broken, or when others can write it.
    """
    import tomllib

    path = config_file()
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            told = tomllib.load(file).get("trust", [])
    except (FileNotFoundError, NotADirectoryError):
        return frozenset()
    except (OSError, ValueError) as e:
        raise AgentkitError(f"this cannot be read: {e}", str(path)) from e
    owners = (os.getuid(), 0) if hasattr(os, "getuid") else (status.st_uid,)
    if (
        status.st_uid not in owners
        or status.st_mode & 0o022
        or path.parent.stat().st_mode & 0o1002 == 2
    ):
        fix = f"chmod go-w {path}"
        raise AgentkitError(
            "others can write this file, which says what is trusted", str(path), fix
        )
    if not isinstance(told, list) or not all(isinstance(url, str) for url in told):
        fix = 'write trust = ["https://..."]'
        raise AgentkitError('"trust" is a list of addresses', str(path), fix)
    return frozenset(told)
