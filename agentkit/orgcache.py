"""What was fetched of organisations, for later runs: org files by commit, overlays by their digest.

An answer of the cache counts only if it is what the project has pinned.
"""

import hashlib
import os
import shutil
from contextlib import suppress
from pathlib import Path

from agentkit import config
from agentkit.errors import AgentkitError


def org_file(commit: str, sha256: str, name: str) -> Path | None:
    """The org file of a commit, if it is there and is that one."""
    place = _folder("orgs") / (commit or "none") / name
    if place.is_file() and hashlib.sha256(place.read_bytes()).hexdigest() == sha256:
        return place
    return None


def keep_org_file(commit: str, name: str, content: bytes) -> None:
    """Keep an org file; a cache that cannot be written costs time only."""
    import tempfile  # here, for every `agentkit check` reads this module and few keep something

    place = _folder("orgs") / (commit or "none") / name
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as file:
            file.write(content)
        os.replace(file.name, place)


def overlay(digest: str) -> Path | None:
    """The overlay with that digest, if it is there, and whole."""
    from agentkit import overlay as command  # with all that renders

    place = _folder("overlays") / digest
    with suppress(AgentkitError, OSError):
        if digest and command.digest(place) == digest:
            return place
    return None


def keep_overlay(folder: Path, digest: str) -> None:
    """Keep an overlay, from which projects are rendered; raises AgentkitError."""
    import tempfile

    place = _folder("overlays") / digest
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=place.parent) as scratch:
            whole = Path(scratch, "overlay")
            shutil.copytree(folder, whole, symlinks=True)
            if place.exists():  # and is not whole
                os.rename(place, Path(scratch, "broken"))
            with suppress(OSError):  # another process was faster
                os.rename(whole, place)
    except OSError as e:
        fix = "set AGENTKIT_CACHE_DIR to a folder you can write"
        raise AgentkitError(f"the cache cannot be written: {e.strerror}", str(place), fix) from e


def _folder(name: str) -> Path:
    return config.cache_dir() / name
