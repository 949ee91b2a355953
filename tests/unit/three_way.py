"""Three versions of a file, merged as an update merges them."""

import subprocess
import tempfile
from pathlib import Path

from agentkit import structure


def lines(base: bytes, ours: bytes, theirs: bytes) -> tuple[bytes, bool]:
    """Git's merge of the lines with conflicts as ours has them, and whether there are any."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (("base", base), ("ours", ours), ("theirs", theirs)):
            (Path(folder) / name).write_bytes(content)
        files = ["ours", "base", "theirs"]
        merge = ["git", "merge-file", "--stdout"]
        favoured = subprocess.run([*merge, "--ours", *files], cwd=folder, capture_output=True)
        plain = subprocess.run([*merge, *files], cwd=folder, capture_output=True)
    return favoured.stdout, plain.returncode != 0


def merged(path: str, base: str, ours: str, theirs: str) -> str | None:
    """The merge by structure."""
    versions = [text.encode() for text in (base, ours, theirs)]
    result = structure.merge(path, *versions, lines(*versions)[0])
    return None if result is None else result.decode()


def conflicting(path: str, base: str, ours: str, theirs: str) -> str | None:
    """The merge by structure of what git alone cannot merge."""
    assert lines(base.encode(), ours.encode(), theirs.encode())[1], "git merges this by itself"
    return merged(path, base, ours, theirs)


def edited(text: str, *pairs: tuple[str, str]) -> str:
    """The text with each first word of a pair replaced by the second; it must be there once."""
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text
