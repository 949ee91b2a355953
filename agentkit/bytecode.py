"""Compiled Jinja templates, kept from run to run: most of the time of a rendering is compiling."""

import os
from contextlib import suppress

from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket

from agentkit import config


class _Cache(FileSystemBytecodeCache):
    """Jinja's own, but what is damaged is compiled anew, and what cannot be written is not kept."""

    def load_bytecode(self, bucket: Bucket) -> None:
        try:
            super().load_bytecode(bucket)
        except Exception:  # whatever pickle and marshal make of a damaged file
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().dump_bytecode(bucket)


def cache() -> FileSystemBytecodeCache | None:
    """The cache of this user, if there can be one."""
    folder = config.cache_dir() / "jinja"
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    usable = os.access(folder, os.W_OK) and config.private(folder)
    return _Cache(str(folder)) if usable else None
