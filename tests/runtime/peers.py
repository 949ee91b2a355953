"""Somebody else on a broker, and our agent there."""

import asyncio
import json
import os
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import mosquitto
import pytest
from aiomqtt import Client

from agent.interfaces.mqtt.broker import Broker
from agent.interfaces.mqtt.member import Member
from agent.service import Service
from agent.settings import Settings

SOURCE = str(Path(__file__).parents[2] / "src")
INPUT, STATUS = "/control/agents/tester/input", "/control/agents/tester/status"
TALK = "/conversations/talk/tester"


@contextmanager
def meeting(monkeypatch: pytest.MonkeyPatch) -> Iterator[mosquitto.Mosquitto]:
    """A broker that our agent is to join."""
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
