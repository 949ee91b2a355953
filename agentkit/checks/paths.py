"""The path law: what git, Windows and macOS refuse as the name of a file."""

import functools
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from agentkit.checks import Finding

LINK = "a link that leads out of the project"
MAX_NAME = 255  # bytes of one name on every common file system
MAX_PATH = 200  # characters below the project's root, of the 260 that Windows allows in all
DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?$", re.I)
FORBIDDEN = re.compile(r'[<>:"|?*\\\x00-\x1f\x7f]')
GIT = re.compile(r"(\.git|git~\d+)$", re.I)
# Characters that HFS+ drops from a name, so that git refuses them around .git (git's utf8.c).
IGNORED = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")


def findings(root: Path, paths: Iterable[str]) -> Iterator[Finding]:
    """What is wrong with the names of these files, given relative to `root` with slashes."""
    seen: dict[str, str] = {}
    done: set[str] = set()
    problem_of = functools.cache(_name)  # most files share their folders
    for path in paths:
        if problem := next(filter(None, map(problem_of, PurePosixPath(path).parts)), None):
            yield Finding(path, problem)
        if len(path) > MAX_PATH:
            yield Finding(path, f"longer than {MAX_PATH} characters: Windows cannot hold it")
        part = path
        while part and part not in done:
            done.add(part)
            folded = unicodedata.normalize("NFC", part).casefold()
            if (other := seen.setdefault(folded, part)) != part:
                yield Finding(part, f"the same as {other} on macOS and Windows")
            part = part.rpartition("/")[0]
        if _leads_out(root, path):
            yield Finding(path, LINK)


def dangers(root: Path, paths: Iterable[str]) -> Iterator[Finding]:
    """Only what would harm: names of git's own folder, and links that lead out of `root`."""
    for path in paths:
        if problem := next(filter(None, map(_git, PurePosixPath(path).parts)), None):
            yield Finding(path, problem)
        if _leads_out(root, path):
            yield Finding(path, LINK)


def _git(name: str) -> str:
    plain = IGNORED.sub("", name).rstrip(" .")
    return f"{name!r} would be git's own folder" if GIT.match(plain.split(":")[0]) else ""


def _leads_out(root: Path, path: str) -> bool:
    try:
        link = os.path.islink(f"{root}/{path}")
        return link and not (root / path).resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):  # a name too long for this system, a link to itself
        return False


def _name(name: str) -> str:
    if problem := _git(name):
        return problem
    if FORBIDDEN.search(name):
        return f"{name!r} has a character that Windows refuses"
    if name != name.rstrip(" ."):
        return f"{name!r} ends in a dot or a space, which Windows drops"
    if DEVICES.match(name):
        return f"{name!r} is a device on Windows"
    if len(name.encode()) > MAX_NAME:
        return f"{name!r} is longer than {MAX_NAME} bytes"
    return ""
