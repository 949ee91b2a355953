"""env:OTHER is what another variable holds."""

import os


def read(path: str) -> str:
    if path not in os.environ:
        raise LookupError(f"{path} is not set")
    return os.environ[path]
