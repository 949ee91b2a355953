from pathlib import Path

import pytest

from agent.errors import ConfigError
from agent.stores import open_store

pytestmark = pytest.mark.anyio


@pytest.fixture
def stores(tmp_path: Path):
    """Two connections to one store, as two processes have them."""
    url = f"sqlite:///{tmp_path}/data/agent.db"
    return open_store(url), open_store(url)


async def test_a_document_survives_a_restart_until_it_expires(stores):
    one, two = stores
    await one.put("run", "a", {"status": "queued", "n": 1}, ttl=60)
    await one.put("run", "b", {}, ttl=-1)
    await one.close()
    assert await two.get("run", "a") == {"status": "queued", "n": 1}
    assert await two.get("run", "b") is None
    await two.sweep()
    assert await two.find("run", "queued") == ["a"]


async def test_only_one_process_gets_a_run(stores):
    one, two = stores
    await one.put("run", "a", {"status": "queued"}, ttl=60)
    assert await one.put("run", "a", {"status": "running"}, ttl=60, was="queued")
    assert not await two.put("run", "a", {"status": "running"}, ttl=60, was="queued")


async def test_a_run_that_nobody_writes_can_be_taken_over(stores):
    one, two = stores
    await one.put("run", "a", {"status": "running"}, ttl=60)
    assert await two.find("run", "running", idle=30) == []
    assert not await two.put("run", "a", {"status": "running"}, ttl=60, was="running", idle=30)
    assert await two.find("run", "running", idle=0) == ["a"]
    assert await two.put("run", "a", {"status": "running"}, ttl=60, was="running", idle=0)
    assert await one.touch("run", "a", "running") and not await one.touch("run", "a", "queued")


def test_an_unknown_store_is_a_clear_error():
    with pytest.raises(ConfigError, match="the store floppy:// cannot be used here"):
        open_store("floppy:///a")
