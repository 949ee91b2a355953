"""Settings of this machine's user: where the cache lies."""

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
