"""What a crash of the agent, of the broker or of the store leaves behind, and who is trusted."""

import asyncio
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import mosquitto
import pytest
from aiomqtt import MqttError
from peers import INPUT, STATUS, TALK, agent, meeting, peer, process, until, workflow

from agent.interfaces.mqtt.broker import Broker
from agent.settings import Settings

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
    with meeting(monkeypatch) as broker:
        yield broker


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
