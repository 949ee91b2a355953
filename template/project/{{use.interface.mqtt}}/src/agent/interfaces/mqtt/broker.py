"""Which broker, and how to reach it."""

import asyncio
import os
import re
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from aiomqtt import Client, Message, Will

from agent import secrets
from agent.errors import ConfigError
from agent.interfaces.mqtt import protocol

if TYPE_CHECKING:
    from agent.settings import Settings

PORTS = {"mqtt": 1883, "mqtts": 8883}
LOOPBACK = re.compile(r"localhost|127\.\d+\.\d+\.\d+|::1")


@dataclass(frozen=True)
class Broker:
    """One broker, and who we are there."""

    agent_id: str
    host: str
    port: int
    username: str | None
    password: str | None
    tls: bool

    @classmethod
    def from_environment(cls, settings: "Settings") -> "Broker":
        """From MQTT_URL and AGENT_ID. Raises `ConfigError`."""
        agent_id = os.environ.get("AGENT_ID", "")
        if not protocol.ID.fullmatch(agent_id):
            raise ConfigError("AGENT_ID is needed: letters, digits, dots, dashes, underscores")
        try:
            url = urlsplit(secrets.variable("MQTT_URL"))
            port = url.port or PORTS[url.scheme]
        except (KeyError, ValueError):
            raise ConfigError(
                "MQTT_URL is needed: mqtts://user:password@host:port, or mqtt:// without TLS"
            ) from None
        host, tls = url.hostname or "localhost", url.scheme == "mqtts"
        if settings.production and not (tls or LOOPBACK.fullmatch(host)):
            raise ConfigError("MQTT_URL: production refuses mqtt://, use mqtts://")
        user, password = (part and unquote(part) for part in (url.username, url.password))
        return cls(agent_id, host, port, user, password, tls)

    async def client(self) -> Client:
        """A client that the broker remembers, and whose end it announces."""
        context = await asyncio.to_thread(ssl.create_default_context) if self.tls else None
        topic = protocol.status_topic(self.agent_id)
        gone = protocol.status(self.agent_id, "unavailable")
        client = Client(
            self.host,
            self.port,
            username=self.username,
            password=self.password,
            identifier=self.agent_id,
            clean_session=False,
            will=Will(topic, gone, qos=1, retain=True),
            tls_context=context,
        )
        client._client.manual_ack_set(True)  # aiomqtt has no way of its own to do so
        return client


def acknowledge(client: Client, message: Message) -> None:
    """Until then the broker keeps a message, and sends it again to the next connection."""
    client._client.ack(message.mid, message.qos)
