"""Secrets are read once in a process; the tests of them start with none."""

from collections.abc import Iterator

import pytest

from agent import secrets


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What one test has read, another one has not."""
    stores = secrets.known, secrets.supplied, secrets._read
    for store in stores:
        store.clear()
    yield
    for store in stores:
        store.clear()
