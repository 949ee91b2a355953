"""Requests from brokers: what is refused, and that the same id is one run."""

import asyncio

import pytest

from agent.incoming import Refused
from agent.messages import answer, once, read
from agent.run import Run
from agent.service import Service
from agent.settings import Settings

ASK = b'{"input": "What is 6 * 7?", "user": "alice", "session_id": "s"}'


@pytest.fixture
def service(config) -> Service:
    return Service(Settings.load(lease_seconds=3))


def request(service: Service, body: bytes = ASK) -> Run:
    return read(body, service.engine.manifests.policies, "id-1")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "Invalid JSON"),
        (b"[]", "Input should be an object"),
        (b'{"input": ""}', "input: String should have at least 1 character"),
        (b'{"input": "x", "user": "a:b"}', "user: String should match pattern"),
        (b'{"input": "x", "id": "../x"}', "id: String should match pattern"),
        (b'{"input": "' + b"x" * 30_000 + b'"}', "the input is too long"),
        (b"x" * 2_000_000, "the message is too large"),
    ],
)
def test_what_is_refused(service: Service, body: bytes, reason: str):
    with pytest.raises(Refused, match=f"^{reason}"):
        request(service, body)


async def test_the_same_id_is_one_run(service: Service):
    both = await asyncio.gather(*(once(service, request(service)) for _ in range(2)))
    assert [answer(run)["output"] for run in both] == ["6 * 7 = 42."] * 2
    assert both[0].user == "alice" and both[0].session_id == "alice:s"
    count = service.metrics.registry.get_sample_value("agent_runs_total", {"status": "succeeded"})
    assert count == 1
    with pytest.raises(Refused, match="used for another request"):
        await once(service, request(service, b'{"input": "another", "user": "alice"}'))


async def test_a_run_that_was_put_back_goes_on(service: Service):
    await service.engine.put(request(service))
    assert (await once(service, request(service))).status == "succeeded"


async def test_nothing_is_begun_while_the_process_is_being_stopped(service: Service):
    service.drain()
    assert (await once(service, request(service))).status == "queued"
    assert await service.get("id-1") is None
