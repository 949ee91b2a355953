"""Where an org file comes from: a path, or a git repository at a version, pinned by commit.

What a project records is pinned, so that a new version of the org file reaches it by a change of
the project that somebody reviews, and never turns a thousand pipelines red at once.
"""

import hashlib
import os
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentkit import address, config, orgcache, orgpin
from agentkit.errors import USAGE, AgentkitError
from agentkit.names import ORG_FILE as NAME
from agentkit.orgpin import Pin

if TYPE_CHECKING:  # `agentkit check` of what has not changed reads no org file
    from agentkit.orgfile import Org
    from agentkit.overlay import Layer

VARIABLE = "AGENTKIT_ORG"


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
    with source.versions(origin, ref, stamped=False) as (found,):
        file = found.root / NAME
        name = str(path) if path else address.redacted(origin)
        org = orgfile.load(file, f"{name}@{found.version}:{NAME}")
        content = file.read_bytes()
        digest = _kept(org, found.root)
    orgcache.keep_org_file(found.digest, NAME, content)
    sha256 = hashlib.sha256(content).hexdigest()
    return org, Pin(name, found.version, found.digest, sha256, digest)


def _kept(org: "Org", root: Path) -> str:
    """The digest of the overlay in a clone, which is kept; empty where there is none."""
    if org.overlay is None:
        return ""
    from agentkit import overlay  # with all that renders

    folder = root / org.overlay.path
    digest = overlay.digest(folder)
    if not orgcache.overlay(digest):
        orgcache.keep_overlay(folder, digest)
    return digest


def at_hand(pin: Pin) -> bool:
    """Can what was pinned be had without the network?"""
    kept = orgcache.org_file(pin.commit, pin.sha256, NAME) and orgcache.overlay(pin.overlay)
    return bool(kept or address.local(pin.source))


def _again(pin: Pin) -> "tuple[Org, Pin]":
    """What was pinned, from where it was; raises AgentkitError."""
    try:
        return fetch(f"{pin.source}@{pin.commit}" if pin.commit else pin.source)
    except AgentkitError as e:
        fix = f"bring {pin.source} back as it was, or take [org] out of {orgpin.SETTINGS}: then "
        fix += "the project follows no org file, and what came from it is its own"
        what = f"the org file that this project follows cannot be had: {e.what}"
        raise AgentkitError(what, e.where, fix, e.code) from e


def layer(org: "Org", pin: Pin, answered: Mapping[str, Any]) -> "Layer | None":
    """The overlay of an org file, as it was pinned; None if it has none.

    Raises AgentkitError when it cannot be had, or is not what was pinned.
    """
    if org.overlay is None:
        return None
    from agentkit.overlay import Layer

    at = f"{pin.source}@{pin.version or pin.commit}:{org.overlay.path}"
    if not pin.commit:
        what = "an overlay needs a git repository, so that what a project has can be had again"
        fix = "commit it, and name the repository's folder or URL"
        raise AgentkitError(what, pin.source, fix, USAGE)
    place = orgcache.overlay(pin.overlay)
    if place is None:
        if _again(pin)[1].overlay != pin.overlay:
            fix = "git revert brings agentkit.toml back; nothing was changed"
            raise AgentkitError("this overlay is not what was pinned", at, fix)
        place = orgcache.overlay(pin.overlay)
    if place is None:
        raise AgentkitError("the overlay was changed in the cache", at, "run it again")
    return Layer(org.name, place, at, org.overlay.yours, answered)


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
    recent = orgpin.recorded(root, base)
    if recent is None:
        return None
    if place := orgcache.org_file(recent.commit, recent.sha256, NAME):
        return (lambda: _read(place, recent)), recent
    org, pin = _again(recent)
    if recent.sha256 and pin.sha256 != recent.sha256:
        fix = "review the change, then agentkit org follow records it"
        raise AgentkitError("the org file is no longer what was pinned", recent.source, fix)
    return (lambda: org), recent


def _read(place: Path, pin: Pin) -> "Org":
    from agentkit import orgfile

    return orgfile.load(place, f"{pin.source}@{pin.version or pin.commit}:{NAME}")
