"""What every store does. With TEST_STORE_URL=..., a real one is tried too."""

import asyncio
import os
import uuid

import pytest

from agent.errors import ConfigError
from agent.stores import open_store

pytestmark = pytest.mark.anyio
URLS = ["sqlite:///data/agent.db", *filter(None, [os.environ.get("TEST_STORE_URL")])]


@pytest.fixture(params=URLS, ids=lambda url: url.partition(":")[0])
async def stores(request):
    """Two connections to one store, as two processes have them."""
    one, two = open_store(request.param), open_store(request.param)
    yield one, two
    await one.close()
    await two.close()


@pytest.fixture
def kind() -> str:
    """A kind of documents that nobody else in the store has."""
    return uuid.uuid4().hex


async def test_a_document_survives_a_restart_until_it_expires(stores, kind):
    one, two = stores
    await one.put(kind, "a", {"status": "queued", "text": "1 % of :it \0"}, ttl=60)
    await one.put(kind, "b", {}, ttl=-1)
    await one.close()
    assert await two.get(kind, "a") == {"status": "queued", "text": "1 % of :it \0"}
    assert await two.get(kind, "b") is None
    await two.sweep()
    assert await two.find(kind, "queued") == ["a"]


async def test_only_one_process_gets_a_run(stores, kind):
    one, two = stores
    await one.put(kind, "a", {"status": "queued"}, ttl=60)
    assert await one.put(kind, "a", {"status": "running"}, ttl=60, was="queued")
    assert not await two.put(kind, "a", {"status": "running"}, ttl=60, was="queued")


async def test_a_run_that_nobody_writes_can_be_taken_over(stores, kind):
    one, two = stores
    await one.put(kind, "a", {"status": "running"}, ttl=60)
    assert await two.find(kind, "running", idle=30) == []
    assert not await two.put(kind, "a", {"status": "running"}, ttl=60, was="running", idle=30)
    assert await two.find(kind, "running", idle=0) == ["a"]
    assert await two.put(kind, "a", {"status": "running"}, ttl=60, was="running", idle=0)
    assert await one.touch(kind, "a", "running") and not await one.touch(kind, "a", "queued")


async def test_what_must_be_new_is_written_once(stores, kind):
    one, two = stores
    written = [await store.put(kind, "a", {"by": 1}, ttl=60, new=True) for store in stores]
    assert written == [True, False]
    await one.put(kind, "b", {}, ttl=-1)
    assert await two.put(kind, "b", {"by": 2}, ttl=60, new=True)  # what has expired is not there
    assert await one.get(kind, "b") == {"by": 2}


async def test_documents_of_a_status_are_counted(stores, kind):
    one, two = stores
    for n, ttl in enumerate([60, 60, -1]):
        await one.put(kind, str(n), {"status": "queued"}, ttl=ttl)
    assert [await two.count(kind, status) for status in ("queued", "running")] == [2, 0]


async def test_no_addition_is_lost_between_processes(stores, kind):
    await asyncio.gather(
        *(s.add(kind, "a", {"runs": 1, "cost": 0.25}, ttl=60) for s in stores * 20)
    )
    await stores[0].add(kind, "b", {"runs": 1}, ttl=60)
    assert await stores[1].add(kind, "a", {"runs": 0}, ttl=60) == {"runs": 40}
    assert await stores[1].totals(kind, "a") == {"a": {"runs": 40, "cost": 10}}
    assert set(await stores[1].totals(kind)) == {"a", "b"}


async def test_a_counter_starts_again_after_its_time(stores, kind):
    one, two = stores
    assert await one.add(kind, "a", {"hits": 3}, ttl=-1) == {"hits": 3}
    assert await two.totals(kind) == {}
    assert await two.add(kind, "a", {"hits": 2}, ttl=60) == {"hits": 2}
    await one.sweep()
    assert await one.totals(kind) == {"a": {"hits": 2}}


def test_an_unknown_store_is_a_clear_error():
    with pytest.raises(ConfigError, match="the store floppy:// cannot be used here"):
        open_store("floppy:///a")
