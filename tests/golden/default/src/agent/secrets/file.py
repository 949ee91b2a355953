"""file:///run/secrets/key is the content of a file, such as a mounted secret."""

from pathlib import Path


def read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")
