"""Settings of this machine's user: where the cache lies, and whether it can be trusted."""

import os
import sys
from pathlib import Path


def cache_dir() -> Path:
    """The folder for unpacked templates; $AGENTKIT_CACHE_DIR, or the platform's user cache."""
    if given := os.environ.get("AGENTKIT_CACHE_DIR"):
        return Path(given)
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
