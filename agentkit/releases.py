"""The released versions of a template, told without a clone."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from agentkit import address, git, source, versions
from agentkit.errors import AgentkitError


def of(origin: str, *, network: bool = True) -> list[str]:
    """The versions that are no prereleases, oldest first.

    Raises AgentkitError when the template cannot be reached, or may not be without `network`.
    """
    if origin == source.BUILTIN:
        return [f"v{version}" for version in source.index()]
    address.check(origin)
    path = address.local(origin)
    if not path and not network:
        fix = "agentkit status --check asks it for its versions, and compares the files"
        raise AgentkitError("the template was not asked: that needs the network", origin, fix)
    words = (*source.SAFE, "ls-remote", "--tags", "--refs", "--", address.expanded(origin))
    done = git.run(Path(tempfile.gettempdir()), *words)
    if done.returncode and path:
        return []  # a plain folder
    if done.returncode:
        what = f"the template cannot be reached: {address.redacted(done.stderr.strip())}"
        raise AgentkitError(what, address.redacted(origin))
    tags = [line.partition("refs/tags/")[2] for line in done.stdout.splitlines()]
    found = {version: tag for tag in tags if (version := versions.parse(tag))}
    return [found[version] for version in sorted(found) if not version.is_prerelease]


def behind(version: str, released: Sequence[str]) -> int | None:
    """How many of them are newer; None when that cannot be told, as of a commit."""
    own = versions.parse(version)
    if own is None or not released:
        return None
    return sum(1 for tag in released if (other := versions.parse(tag)) and other > own)
