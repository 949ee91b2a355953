"""An agent on a real broker: the protocol, and what a crash of either side leaves behind."""

import asyncio
import json
import os
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import mosquitto
import pytest
from aiomqtt import Client, MqttError

from agent.interfaces.mqtt.broker import Broker
from agent.interfaces.mqtt.member import Member
from agent.service import Service
from agent.settings import Settings

SOURCE = str(Path(__file__).parents[2] / "src")
INPUT, STATUS = "/control/agents/tester/input", "/control/agents/tester/status"
TALK = "/conversations/talk/tester"
STEPS = """
import time
from pathlib import Path

def wait(text: str) -> str:
    Path("started").touch()
    while not Path("go").exists():
        time.sleep(0.02)
    return text
"""


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[mosquitto.Mosquitto]:
    with mosquitto.running() as broker:
        monkeypatch.setenv("MQTT_URL", f"mqtt://127.0.0.1:{broker.port}")
        monkeypatch.setenv("AGENT_ID", "tester")
        monkeypatch.setenv("AGENT_LEASE_SECONDS", "3")
        yield broker


class Peer:
    """Somebody else on the broker, who hears everything."""

    def __init__(self, client: Client):
        self.client, self.heard = client, list[tuple[str, Any]]()

    async def listen(self) -> None:
        await self.client.subscribe("#", qos=1)
        async for message in self.client.messages:
            with suppress(ValueError):
                self.heard.append((str(message.topic), json.loads(message.payload)))

    async def send(self, payload: bytes | dict[str, Any], retain: bool = False) -> None:
        body = payload if isinstance(payload, bytes) else json.dumps(payload)
        await self.client.publish(INPUT, body, qos=1, retain=retain)

    async def ask(self, text: Any = "What is 6 * 7?", **more: Any) -> str:
        """Send a task, and return its id."""
        sent = task(text, **more)
        await self.send(sent)
        return str(sent["task_id"])

    def on(self, topic: str) -> list[Any]:
        return [body for where, body in self.heard if where == topic]

    async def hears(self, topic: str, count: int = 1) -> Any:
        """The newest of at least `count` messages on a topic."""
        await until(lambda: len(self.on(topic)) >= count)
        return self.on(topic)[-1]

    async def sees(self, status: str) -> None:
        await until(lambda: [s["status"] for s in self.on(STATUS)][-1:] == [status])


def task(text: Any, **more: Any) -> dict[str, Any]:
    ids = {"task_id": str(uuid.uuid4()), "conversation_id": "talk", "topic": INPUT}
    return {**ids, "instruction": None, "input": text, "next": None, **more}


async def until(done: Callable[[], Any], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while True:
            if done():
                return
            await asyncio.sleep(0.02)


@asynccontextmanager
async def peer(broker: mosquitto.Mosquitto) -> AsyncIterator[Peer]:
    async with Client("127.0.0.1", broker.port) as client:
        found = Peer(client)
        listening = asyncio.create_task(found.listen())
        yield found
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


@asynccontextmanager
async def agent() -> AsyncIterator[Service]:
    """Our agent, in this process."""
    settings = Settings.load()
    service = Service(settings)
    member = Member(service, Broker.from_environment(settings))
    async with service.running():
        living = asyncio.create_task(member.live())
        try:
            yield service
        finally:
            member.stop.set()
            await living


@contextmanager
def process(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Our agent, in a process that can be killed."""
    path = os.pathsep.join([SOURCE, str(folder)])
    command, env = [sys.executable, "-m", "agent", "mqtt"], os.environ | {"PYTHONPATH": path}
    found = subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL)
    try:
        yield found
    finally:
        found.kill()
        found.wait()


def workflow(config: Path, node: dict[str, Any]) -> None:
    body = {"version": "1.0.0", "name": "x", "nodes": [node]}
    (config / "workflow.yaml").write_text(json.dumps(body))


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


async def test_a_killed_agent_is_missed_and_goes_on(config, broker, tmp_path):
    (tmp_path / "steps.py").write_text(STEPS)
    call = {"call": "steps:wait", "args": {"text": "input"}}
    workflow(config, {"id": "slow", "kind": "deterministic", **call})
    async with peer(broker) as other:
        with process(tmp_path) as killed:
            await other.sees("available")
            asked = await other.ask("hello")
            await until((tmp_path / "started").exists)
            killed.kill()
            await other.sees("unavailable")
        (tmp_path / "go").touch()
        with process(tmp_path) as second:
            assert await other.hears(TALK) == {"response": "hello", "task_id": asked}
            second.terminate()
            assert await asyncio.to_thread(second.wait, 30) == 0
        await other.sees("unavailable")
        assert len(other.on(TALK)) == 1


async def test_being_told_to_stop_it_ends_what_it_has_begun(config, broker, tmp_path):
    (tmp_path / "steps.py").write_text(STEPS)
    call = {"call": "steps:wait", "args": {"text": "input"}}
    workflow(config, {"id": "slow", "kind": "deterministic", **call})
    async with peer(broker) as other:
        with process(tmp_path) as told:
            await other.sees("available")
            asked = await other.ask("hello")
            await until((tmp_path / "started").exists)
            told.terminate()
            await other.sees("unavailable")
            (tmp_path / "go").touch()
            assert await other.hears(TALK) == {"response": "hello", "task_id": asked}
            assert await asyncio.to_thread(told.wait, 30) == 0


async def test_a_broker_that_restarts(config, broker):
    async with agent():
        async with peer(broker) as other:
            await other.sees("available")
        broker.stop()
        broker.start()
        async with peer(broker) as other:
            asked = await other.ask()
            assert (await other.hears(TALK))["task_id"] == asked


async def test_a_store_that_fails_once(config, broker, monkeypatch):
    async with peer(broker) as other, agent() as service:
        await other.sees("available")
        put: Callable[..., Awaitable[bool]] = service.store.put

        async def fail(*given: Any, **more: Any) -> bool:
            monkeypatch.setattr(service.store, "put", put)
            raise OSError("the disk is full")

        monkeypatch.setattr(service.store, "put", fail)
        asked = await other.ask()
        assert (await other.hears(TALK))["task_id"] == asked
        seen = [status["status"] for status in other.on(STATUS)]
        assert seen[-2:] == ["unavailable", "available"]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Of localhost, signed by itself; its key is beside it."""
    command = "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2"
    name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*command.split(), *name], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path / "cert.pem"


# paho leaves the socket of a failed handshake to the garbage collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_tls_is_verified(certificate, monkeypatch):
    monkeypatch.setenv("AGENT_ID", "tester")
    files = f"certfile {certificate}\nkeyfile {certificate.with_name('key.pem')}\n"
    with mosquitto.running(files) as broker:
        for host, trusted in ("localhost", ""), ("127.0.0.1", str(certificate)):
            monkeypatch.setenv("MQTT_URL", f"mqtts://{host}:{broker.port}")
            monkeypatch.setenv("SSL_CERT_FILE", trusted)
            with pytest.raises(MqttError, match="certificate verify failed"):
                await (await Broker.from_environment(Settings.load()).client()).__aenter__()
        monkeypatch.setenv("MQTT_URL", f"mqtts://localhost:{broker.port}")
        async with await Broker.from_environment(Settings.load()).client() as client:
            await client.subscribe(INPUT, qos=1)
