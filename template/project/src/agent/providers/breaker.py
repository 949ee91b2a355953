"""The circuit breaker around a live model, and the settings that are this model's own."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

from pydantic_ai.exceptions import ModelAPIError, ModelRequestRejectedError, ModelUnavailableError
from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import Model, StreamedResponse
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings, merge_model_settings

from agent.logs import log
from agent.schemas import Breaker


class BreakerModel(WrapperModel):
    """Leaves a model alone that keeps failing, so that its fallback answers at once.

    `name` is the model's name in models.yaml.
    """

    def __init__(self, name: str, wrapped: Model, breaker: Breaker, settings: ModelSettings):
        super().__init__(wrapped)
        self.name, self.breaker, self.own_settings = name, breaker, settings
        self.failures, self.open_until = 0, 0.0

    @property
    def settings(self) -> ModelSettings:
        return self.own_settings

    async def __aenter__(self) -> Self:
        self._refresh_http_client()  # one of an event loop that is gone is of no use here
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing: a run that ends must not close the client that other runs use."""

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
            log.warning("model_failed", model=self.name, failures=self.failures, **about)
            raise
        self.failures = 0

    async def request(
        self, messages: list[ModelMessage], model_settings: ModelSettings | None, *args: Any
    ) -> ModelResponse:
        async with self._guard():
            settings = merge_model_settings(self.settings, model_settings)
            return await super().request(messages, settings, *args)

    @asynccontextmanager
    async def request_stream(
        self, messages: list[ModelMessage], model_settings: ModelSettings | None, *args: Any
    ) -> AsyncIterator[StreamedResponse]:
        settings = merge_model_settings(self.settings, model_settings)
        async with self._guard(), super().request_stream(messages, settings, *args) as stream:
            yield stream
