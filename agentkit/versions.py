"""Which of two versions is the newer one, as PEP 440 has it; a leading v is allowed."""

import re

from packaging.version import InvalidVersion, Version

DESCRIBED = re.compile(r"-(\d+)-g[0-9a-f]+$")  # git describe: so many commits after a tag
COMMIT = re.compile(r"(?=.*[a-f])[0-9a-f]{7,}$")  # 0a12345 would be an alpha release


def parse(text: str) -> Version | None:
    """The version that `text` is; None for a branch, a commit or `dev`."""
    try:
        return None if COMMIT.match(text) else Version(DESCRIBED.sub(r".post\1", text))
    except InvalidVersion:
        return None


def within(version: str, old: str, new: str) -> bool:
    """Does an update from `old` to `new` bring `version`?

    From an `old` that is no version it brings none; to a `new` that is none, all after `old`.
    """
    first, last, this = parse(old), parse(new), parse(version)
    if this is None or first is None or this <= first:
        return False
    return last is None or this <= last
