"""Merge one file by its structure, where a merge of its lines left a conflict.

Bytes in, bytes out. Nothing here knows of git.
"""

from pathlib import PurePosixPath

from agentkit.structure import documents, formatting

MAX_BYTES = 100_000
LOCKS = {"package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml"}  # a tool makes them whole


def merge(path: str, base: bytes, ours: bytes, theirs: bytes, favoured: bytes) -> bytes | None:
    """Merge three versions of the file `path` by structure, after their lines conflicted.

    `favoured` is the merge of their lines in which every conflict shows ours, so it holds what of
    theirs merged cleanly. Returns the merged file, or None: the conflict stands. Never raises.
    """
    versions = (base, ours, theirs, favoured)
    if PurePosixPath(path).name in LOCKS or max(map(len, versions)) > MAX_BYTES:
        return None
    try:
        merged = _merged(PurePosixPath(path).suffix.lower(), *map(_text, versions))
    except documents.REFUSALS:
        return None
    if merged is not None and b"\r\n" in favoured:
        merged = merged.replace("\n", "\r\n")
    return None if merged is None else merged.encode()


def _merged(suffix: str, base: str, ours: str, theirs: str, favoured: str) -> str | None:
    if suffix in documents.READERS:
        return documents.merge(documents.READERS[suffix], base, ours, theirs, favoured)
    return formatting.merge(suffix, base, ours, theirs)


def _text(version: bytes) -> str:
    """Its text with plain line ends; raises ValueError if they are mixed."""
    text = version.decode()
    plain = text.replace("\r\n", "\n")
    if "\r" in plain or text.count("\r\n") not in (0, plain.count("\n")):
        raise ValueError("mixed line ends")
    return plain
