"""Where Kafka is, and the names of the topics."""

from typing import Any, Literal

from aiokafka.helpers import create_ssl_context  # type: ignore[import-untyped]
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from agent import secrets
from agent.errors import ConfigError

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


class KafkaSettings(BaseSettings):
    """Each field is the variable KAFKA_<FIELD>."""

    model_config = SettingsConfigDict(env_prefix="KAFKA_", env_ignore_empty=True, frozen=True)

    bootstrap_servers: str = Field(pattern=r"^[^\s,]+:\d+(,[^\s,]+:\d+)*$")
    requests_topic: str = "agent.requests"
    results_topic: str = "agent.results"
    dead_letter_topic: str = "agent.dead-letters"
    group: str = "agent"
    security_protocol: Protocol = "PLAINTEXT"
    sasl_mechanism: Mechanism = "SCRAM-SHA-512"
    username: str | None = None

    @classmethod
    def load(cls) -> "KafkaSettings":
        """Raises `ConfigError` naming the variable that is wrong."""
        try:
            found = cls()
        except ValidationError as e:
            error = e.errors(include_url=False, include_input=False)[0]
            raise ConfigError(f"KAFKA_{str(error['loc'][0]).upper()}: {error['msg']}") from None
        if found.passwords and not (found.username and secrets.variable("KAFKA_PASSWORD")):
            needs = f"KAFKA_SECURITY_PROTOCOL={found.security_protocol} needs KAFKA_USERNAME"
            raise ConfigError(f"{needs} and KAFKA_PASSWORD")
        return found

    @property
    def passwords(self) -> bool:
        return self.security_protocol.startswith("SASL")

    def connection(self) -> dict[str, Any]:
        """What consumers and producers have in common."""
        common: dict[str, Any] = {"bootstrap_servers": self.bootstrap_servers, "client_id": "agent"}
        common["security_protocol"] = self.security_protocol
        if self.security_protocol.endswith("SSL"):
            common["ssl_context"] = create_ssl_context()
        if self.passwords:
            common["sasl_mechanism"] = self.sasl_mechanism
            common["sasl_plain_username"] = self.username
            common["sasl_plain_password"] = secrets.variable("KAFKA_PASSWORD")
        return common
