"""From config/models.yaml to models that answer: offline or live, with fallback and breaker.

Provider SDKs are imported only here, and only when a live model is built. offline.py is the model
that is always there.
"""

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal, cast

from pydantic_ai.exceptions import ModelAPIError, ModelRequestRejectedError, ModelUnavailableError
from pydantic_ai.messages import ModelResponse
from pydantic_ai.models import Model, StreamedResponse, infer_model
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.providers import Provider, infer_provider_class
from pydantic_ai.settings import ModelSettings

from agent import schemas as s
from agent import secrets
from agent.errors import ConfigError
from agent.logs import log
from agent.settings import Settings, is_placeholder

Mode = Literal["offline", "live"]


def missing(model: s.ModelDef) -> list[str]:
    """The variables that a model needs and that hold nothing, or what a template put there.

    Raises `ConfigError` if a secret cannot be read.
    """
    values = {name: secrets.variable(name) for name in filter(None, [model.api_key_env])}
    values |= {name: os.environ.get(name, "") for name in filter(None, [model.base_url_env])}
    return [name for name, value in values.items() if is_placeholder(value)]


def how_to_go_live(models: s.Models) -> str:
    if model := models.models.get(models.default):
        return f"set {' and '.join(missing(model)) or 'AGENT_MODEL_MODE=live'} (see .env.template)"
    return "add one to config/models.yaml and make it the default"


def choose_mode(settings: Settings, models: s.Models) -> Mode:
    """What AGENT_MODEL_MODE means here. Raises `ConfigError` where it asks for the impossible."""
    default = models.models.get(models.default)
    configured = default is not None and not missing(default)
    mode: Mode = "live" if configured else "offline"
    if settings.model_mode != "auto":
        mode = settings.model_mode
    elif mode == "offline" and settings.development:
        log.warning("offline_model", hint=f"for a real model, {how_to_go_live(models)}")
    elif mode == "offline":
        raise ConfigError(f"AGENT_ENV={settings.env} needs a model: {how_to_go_live(models)}")
    if mode == "live" and not configured:
        raise ConfigError(f"AGENT_MODEL_MODE=live needs a model: {how_to_go_live(models)}")
    if mode == "offline" and settings.production:
        raise ConfigError("production refuses the offline model: set AGENT_MODEL_MODE=live")
    return mode


class BreakerModel(WrapperModel):
    """Leaves a model alone that keeps failing, so that its fallback answers at once."""

    def __init__(self, wrapped: Model, breaker: s.Breaker):
        super().__init__(wrapped)
        self.breaker, self.failures, self.open_until = breaker, 0, 0.0

    @asynccontextmanager
    async def _guard(self) -> AsyncIterator[None]:
        if time.monotonic() < self.open_until:
            raise ModelUnavailableError(self.model_name, "circuit open")
        try:
            yield
        except ModelRequestRejectedError:
            raise  # the request was wrong, the model is well
        except ModelAPIError as e:
            self.failures += 1
            if self.failures >= self.breaker.failures:
                self.open_until = time.monotonic() + self.breaker.reset_s
            about = {"error": type(e).__name__, "status": getattr(e, "status_code", None)}
            log.warning("model_failed", model=self.model_name, failures=self.failures, **about)
            raise
        self.failures = 0

    async def request(self, *args: Any, **kwargs: Any) -> ModelResponse:
        async with self._guard():
            return await super().request(*args, **kwargs)

    @asynccontextmanager
    async def request_stream(self, *args: Any, **kwargs: Any) -> AsyncIterator[StreamedResponse]:
        async with self._guard(), super().request_stream(*args, **kwargs) as stream:
            yield stream


class LiveModels:
    """The models of models.yaml, each built once, when an agent first needs it."""

    def __init__(self, given: s.Models):
        self.given = given
        self.built: dict[str, BreakerModel] = {}

    def get(self, name: str) -> Model:
        """Raises `ConfigError` when a variable or the SDK is missing."""
        if name not in self.built:
            model = self.given.models[name]
            if names := missing(model):
                raise ConfigError(f"the model {name} needs {' and '.join(names)}")
            try:
                made = infer_model(model.model, lambda provider: connect(provider, model))
            except Exception as e:  # whatever an SDK makes of its options
                raise ConfigError(f"the model {name} cannot be used: {e}") from e
            self.built[name] = BreakerModel(made, self.given.breaker)
        return self.built[name]

    def fallbacks(self, first: str) -> list[Model]:
        """The models to ask when `first` fails: those of the fallback that are configured."""
        names = [n for n in self.given.fallback if n not in (first, "offline")]
        return [self.get(n) for n in names if not missing(self.given.models[n])]


def connect(provider: str, model: s.ModelDef) -> Provider[Any]:
    options = {}
    if model.api_key_env:
        options["api_key"] = secrets.variable(model.api_key_env)
    if model.base_url_env:
        options["base_url"] = os.environ[model.base_url_env]
    return infer_provider_class(provider)(**options)


def options(*given: s.ModelOptions) -> ModelSettings:
    """Model settings as the library wants them; later ones win."""
    merged: dict[str, Any] = {}
    for one in given:
        merged |= one.model_dump(exclude={"extra"}, exclude_none=True) | one.extra
    return cast(ModelSettings, merged)
