"""The protocol, on a real broker."""

import json
from collections.abc import Iterator
from typing import Any

import mosquitto
import pytest
from peers import STATUS, TALK, agent, meeting, peer, task, workflow


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[mosquitto.Mosquitto]:
    with meeting(monkeypatch) as broker:
        yield broker


async def test_a_task_is_answered_once(config, broker):
    async with peer(broker) as other:
        async with agent() as service:
            await other.sees("available")
            asked = task("What is 6 * 7?")
            for _ in range(3):
                await other.send(asked)
            last = await other.ask("What is 1 + 1?")
            assert await other.hears(TALK, 2) == {"response": "1 + 1 = 2.", "task_id": last}
            first = {"response": "6 * 7 = 42.", "task_id": asked["task_id"]}
            assert other.on(TALK)[0] == first
            assert await service.store.count("run", "succeeded") == len(other.on(TALK)) == 2
        await other.sees("unavailable")
        assert other.on(STATUS)[-1]["timestamp"].endswith("Z")
        later = await other.ask("What is 2 + 2?")
        async with agent():  # the broker has kept what came meanwhile
            assert await other.hears(TALK, 3) == {"response": "2 + 2 = 4.", "task_id": later}


async def test_the_output_goes_to_the_next_agent(config, broker):
    async with peer(broker) as other, agent():
        await other.sees("available")
        last = {"topic": "//control/agents/last/input/", "instruction": "b", "next": None}
        first = {"topic": "/control/agents/first/input", "instruction": "a", "next": last}
        asked = await other.ask(next=first)
        topic, ids = first["topic"], {"task_id": asked, "conversation_id": "talk"}
        assert await other.hears(topic) == first | ids | {"input": "6 * 7 = 42."}
        asked = await other.ask(next=last)
        await other.hears("/control/agents/last/input")
        assert not other.on(TALK)


def chain(length: int) -> Any:
    return {"topic": "/a", "instruction": None, "next": chain(length - 1)} if length else None


WRONG: list[tuple[Any, str, str]] = [
    (task("x", task_id="1"), "invalid_input", "task_id: "),
    (task("x", next={"topic": "/a/#"}), "invalid_input", "next.topic: "),
    (task(""), "invalid_input", "empty or too long"),
    (task({"a": "x" * 30_000}), "invalid_input", "empty or too long"),
    (task("x" * 300_000), "invalid_input", "At most 262144 bytes"),
    (task("x", next=chain(17)), "pipeline_depth_exceeded", "At most 16"),
    (task(None, answers={"x": {"choice": "y"}}), "invalid_input", "Answer what is waiting"),
]


async def test_what_is_no_task_is_refused_once(config, broker):
    async with peer(broker) as other:
        await other.send(task("x"), retain=True)
        async with agent():
            await other.sees("available")
            for count, (wrong, code, message) in enumerate(WRONG, 1):
                await other.send(wrong)
                told = await other.hears(TALK, count)
                assert told["error"]["code"] == code and message in told["error"]["message"]
            for ignored in b"{", b"[1]", b'{"conversation_id": "a/b"}', task("x", topic="/other"):
                await other.send(ignored)
            await other.ask(next=chain(16))
            assert await other.hears("/a")
    async with peer(broker) as other, agent():  # nothing of it comes again
        await other.ask(next=chain(16))
        assert await other.hears("/a")
        assert not other.on(TALK)


async def test_a_person_is_asked_and_answers(config, broker):
    workflow(config, {"id": "ask", "kind": "approval", "message": "Send it?"})
    async with peer(broker) as other, agent() as service:
        await other.sees("available")
        asked = await other.ask()
        told = await other.hears(TALK)
        assert told["status"] == "waiting" and told["waiting"]["ask"]["message"] == "Send it?"
        answer = task(None, task_id=asked, answers={"ask": {"choice": "maybe"}})
        await other.send(answer)
        assert (await other.hears(TALK, 2))["error"]["code"] == "invalid_input"
        answer["answers"] = {"ask": {"choice": "approve", "by": "root"}}
        for _ in range(2):
            await other.send(answer)
        done = json.loads((await other.hears(TALK, 3))["response"])
        assert done["choice"] == "approve" and done["by"] == "mqtt:tester"
        assert await service.store.count("run", "succeeded") == 1
        await other.ask("again")
        assert (await other.hears(TALK, 4))["status"] == "waiting"


async def test_a_failure_is_told_in_the_words_of_the_protocol(config, broker):
    call = {"call": "agent.tools:calculator", "args": {"expression": "input"}}
    workflow(config, {"id": "sum", "kind": "deterministic", **call})
    async with peer(broker) as other, agent():
        await other.sees("available")
        asked = await other.ask("password = 1")
        error = {"code": "internal_error", "message": "A step failed."}
        assert await other.hears(TALK) == {"error": error, "task_id": asked}
