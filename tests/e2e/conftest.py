"""What is slow to start and does no harm to share."""

from collections.abc import Iterator

import pytest

from tests.e2e import engine
from tests.e2e.engine import Engine


@pytest.fixture(scope="session")
def shared_docker() -> Iterator[Engine]:
    with engine.running() as docker:
        yield docker


@pytest.fixture
def docker(shared_docker: Engine) -> Iterator[Engine]:
    """A Docker Engine with images of others, and nothing that runs."""
    yield shared_docker
    shared_docker.clear()
