"""Kafka consumers of a generated project, on a real broker: killed, drained, and asked twice."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import kafka, steps
from tests.e2e.steps import Project, kill, until

TOPICS = "agent.requests", "agent.results", "agent.dead-letters"
SEND = """
import asyncio, os, sys
from aiokafka import AIOKafkaProducer

async def main(id, text):
    servers = os.environ["KAFKA_BOOTSTRAP_SERVERS"]
    async with AIOKafkaProducer(bootstrap_servers=servers, compression_type="lz4") as producer:
        headers = [("run-id", id.encode())]
        await producer.send_and_wait("agent.requests", text.encode(), key=b"key", headers=headers)

asyncio.run(main(*sys.argv[1:]))
"""
READ = """
import asyncio, json, os, sys
from aiokafka import AIOKafkaConsumer

async def main(topic, count):
    servers = os.environ["KAFKA_BOOTSTRAP_SERVERS"]
    options = {"bootstrap_servers": servers, "auto_offset_reset": "earliest"}
    async with AIOKafkaConsumer(topic, **options) as consumer, asyncio.timeout(60):
        for _ in range(int(count)):
            found = await consumer.getone()
            headers = {name: value.decode() for name, value in found.headers}
            told = {"key": found.key.decode(), "headers": headers, "value": found.value.decode()}
            print(json.dumps(told))

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return steps.install(tmp_path_factory.mktemp("kafka") / "my-agent", "kafka")


@pytest.fixture
def project(folder: Path) -> Iterator[Project]:
    with kafka.running(*TOPICS) as address:
        project = Project(folder, {"KAFKA_BOOTSTRAP_SERVERS": address})
        project.forget()
        yield project


def ask(project: Project, run_id: str, text: str) -> None:
    project.python(SEND, run_id, json.dumps({"input": text, "user": "alice"}))


def read(project: Project, topic: str, count: int) -> list[dict[str, Any]]:
    """The first messages of a topic."""
    lines = project.python(READ, topic, str(count)).splitlines()
    return [json.loads(line) for line in lines]


def results(project: Project, count: int) -> list[tuple[str, str]]:
    found = [json.loads(message["value"]) for message in read(project, "agent.results", count)]
    return [(result["id"], result["status"]) for result in found]


def test_a_killed_consumer_loses_no_request_and_no_run_ends_twice(project: Project) -> None:
    with project.worker("kafka") as consumer:
        ask(project, "one", "it")
        until(lambda: project.notes("it") == "first slow")
        kill(consumer)
    with project.worker("kafka"), project.worker("kafka"):
        until(lambda: project.notes("it") == "first slow slow")
        project.go("it")
        assert results(project, 1) == [("one", "succeeded")]
        ask(project, "one", "it")  # a client that did not hear of it
        assert results(project, 2) == [("one", "succeeded")] * 2
    assert project.notes("it") == "first slow slow last"
    assert project.ends("one") == ["succeeded"]


def test_what_cannot_be_read_goes_to_the_dead_letters(project: Project) -> None:
    with project.worker("kafka"):
        project.python(SEND, "bad", '{"input": ')
        project.python(SEND, "../x", '{"input": "it"}')
        project.go("good")
        ask(project, "good", "good")
        ask(project, "good", "another")
        found = read(project, "agent.dead-letters", 3)
        assert results(project, 1) == [("good", "succeeded")]
    reasons = [letter["headers"]["reason"] for letter in found]
    assert reasons[0].startswith("Invalid JSON") and found[0]["value"] == '{"input": '
    assert (
        reasons[1].startswith("run-id: ") and reasons[2] == "this id was used for another request"
    )
    assert found[0]["key"] == "key" and found[0]["headers"]["offset"] == "0"


def test_a_stop_gives_back_what_takes_too_long_and_keeps_what_is_done(project: Project) -> None:
    project.go("done")
    with project.worker("kafka", AGENT_DRAIN_SECONDS="1") as consumer:
        ask(project, "done", "done")
        assert results(project, 1) == [("done", "succeeded")]
        ask(project, "long", "long")
        until(lambda: project.notes("long") == "first slow")
        consumer.send_signal(signal.SIGTERM)
        until(lambda: project.status("long") == "queued")
        project.go("long")  # else its thread would hold up the end
        assert consumer.wait(30) == 0
    with project.worker("kafka"):
        assert results(project, 2) == [("done", "succeeded"), ("long", "succeeded")]
    assert project.notes("done") == "first slow last"


def test_without_a_broker_it_says_so(folder: Path) -> None:
    project = Project(folder, {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"})
    project.forget()
    with project.worker("kafka") as consumer:
        assert consumer.wait(60) == 1
    assert "error: KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:1: " in project.log()[-1]
    assert not any("Traceback" in line for line in project.log())
