"""What differs between deployments: environment variables, and `.env` in development."""

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import load_dotenv
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from agent import secrets
from agent.errors import ConfigError

_PLACEHOLDER = re.compile(r"^\s*$|^(change.?me|your[-_ ]|<|xxx|placeholder|example|secret$)", re.I)


def is_placeholder(secret: str) -> bool:
    """Whether this is what a template writes where a secret should be."""
    return bool(_PLACEHOLDER.search(secret))


class Settings(BaseSettings):
    """Each field is the variable AGENT_<FIELD>, unless it names another."""

    model_config = SettingsConfigDict(
        env_prefix="AGENT_", env_ignore_empty=True, frozen=True, validate_by_name=True
    )

    env: str = "development"
    config_dir: Path = Path("config")
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=1, le=65535, validation_alias=AliasChoices("AGENT_PORT", "PORT"))
    model_mode: Literal["auto", "offline", "live"] = "auto"
    api_keys: Annotated[dict[str, SecretStr], NoDecode] = {}
    jwks_url: str | None = Field(None, pattern=r"^(https://|http://(localhost|127\.0\.0\.1)[:/])")
    jwt_issuer: str | None = None
    jwt_audience: str | None = None
    store_url: str | None = None
    execute: bool = True
    metrics_port: int | None = Field(None, ge=1, le=65535)
    drain_seconds: float = Field(30, ge=0)
    lease_seconds: float = Field(30, ge=3)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", validation_alias="LOG_LEVEL"
    )
    log_format: Literal["json", "console"] | None = Field(None, validation_alias="LOG_FORMAT")
    log_content: bool = Field(False, validation_alias="LOG_CONTENT")

    @field_validator("api_keys", mode="before")
    @classmethod
    def _pairs(cls, value: Any) -> Any:
        """`alice:secret1,bob:secret2`"""
        if not isinstance(value, str):
            return value
        if secrets.is_reference(value):
            value = secrets.resolve(value, "AGENT_API_KEYS")
        pairs = [pair.strip().partition(":") for pair in value.split(",") if pair.strip()]
        keys = {name.strip(): secret.strip() for name, _, secret in pairs}
        if not all(name and secret for name, secret in keys.items()) or len(keys) < len(pairs):
            raise ValueError("expected name:secret pairs separated by commas, each name once")
        return {name: secrets.resolve(key, f"AGENT_API_KEYS, {name}") for name, key in keys.items()}

    @field_validator("store_url")
    @classmethod
    def _store(cls, value: str | None) -> str | None:
        return value and secrets.resolve(value, "AGENT_STORE_URL")

    @classmethod
    def load(cls, **given: Any) -> "Settings":
        """The settings of this process, but for what is given and not None.

        Raises `ConfigError` naming the variable that is wrong.
        """
        for folder in os.environ.get("CREDENTIALS_DIRECTORY", "."), ".":
            load_dotenv(Path(folder, ".env"))  # into the environment, where models look for keys
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})
        except ValidationError as e:
            error = e.errors(include_url=False, include_input=False)[0]
            name = str(error["loc"][0])
            variable = name if name.isupper() else f"AGENT_{name.upper()}"
            message = error["msg"].removeprefix("Value error, ")
            raise ConfigError(f"{variable}: {message}") from None

    @property
    def development(self) -> bool:
        return self.env == "development"

    @property
    def production(self) -> bool:
        return self.env == "production"

    def check_auth(self) -> None:
        """Refuse to serve strangers outside development. Raises `ConfigError`."""
        tokens = [self.jwks_url, self.jwt_issuer, self.jwt_audience]
        if any(tokens) and not all(tokens):
            names = "AGENT_JWKS_URL, AGENT_JWT_ISSUER and AGENT_JWT_AUDIENCE"
            raise ConfigError(f"{names} go together: set all three, or none")
        if not self.development and not self.api_keys and not self.jwks_url:
            raise ConfigError(
                f"AGENT_ENV={self.env} needs AGENT_API_KEYS, name:secret pairs separated by commas,"
                " or AGENT_JWKS_URL"
            )
        held = {name: secret.get_secret_value() for name, secret in self.api_keys.items()}
        names = " and ".join(name for name, secret in held.items() if is_placeholder(secret))
        if self.production and names:
            raise ConfigError(f"AGENT_API_KEYS: the secret of {names} is a placeholder")
