"""Tasks without a broker: what comes in, what is told, and what asks for a broker in vain."""

import json
import uuid
from typing import Any

import pytest
from aiomqtt import Client

from agent.errors import ConfigError
from agent.interfaces.mqtt import protocol
from agent.interfaces.mqtt.broker import Broker
from agent.interfaces.mqtt.tasks import Tasks
from agent.service import Service
from agent.settings import Settings

TOPIC = protocol.input_topic("me")
TASK = {"task_id": str(uuid.uuid4()), "conversation_id": "c1", "topic": TOPIC, "input": "hi"}


def parse(**changed: Any) -> protocol.Envelope | None:
    return protocol.parse(json.dumps(TASK | changed).encode(), TOPIC)


async def test_a_task_and_what_is_told_of_it(config):
    service = Service(Settings.load())
    tasks, task = Tasks(service, "me"), parse()
    assert task
    await tasks.accept(task)
    await tasks.accept(task)  # the broker may send it again
    (run_id,) = service.active
    await service.active[run_id][1]
    news = await tasks.news(run_id)
    assert news and news.topic == "/conversations/c1/me"
    assert news.message["task_id"] == TASK["task_id"]
    assert await tasks.open() == [run_id]
    await tasks.told(news)
    assert await tasks.news(run_id) is None and await tasks.open() == []


def test_what_is_no_task():
    assert parse(topic="/control/agents/other/input") is None
    with pytest.raises(protocol.Refused) as refused:
        parse(task_id="x")
    assert refused.value.document["error"]["code"] == "invalid_input"
    assert refused.value.conversation_id == "c1"


@pytest.mark.parametrize(
    ("url", "agent_id", "wrong"),
    [
        ("", "me", "MQTT_URL is needed"),
        ("https://broker", "me", "MQTT_URL is needed"),
        ("mqtt://broker", "me", "production refuses mqtt://"),
        ("mqtts://broker", "a/b", "AGENT_ID is needed"),
    ],
)
def test_settings(monkeypatch, url: str, agent_id: str, wrong: str):
    monkeypatch.setenv("MQTT_URL", url)
    monkeypatch.setenv("AGENT_ID", agent_id)
    with pytest.raises(ConfigError, match=wrong):
        Broker.from_environment(Settings.load(env="production"))


async def test_a_newer_aiomqtt_still_lets_us_acknowledge(monkeypatch):
    monkeypatch.setenv("MQTT_URL", "mqtt://user:p%40ss@localhost")
    monkeypatch.setenv("AGENT_ID", "me")
    broker = Broker.from_environment(Settings.load())
    assert broker.password == "p@ss"
    client = await broker.client()
    assert isinstance(client, Client) and client._client._manual_ack and client._client.ack
