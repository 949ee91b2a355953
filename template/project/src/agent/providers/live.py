"""The models of models.yaml: which one an agent asks, and which ones when that fails.

Each is built when a run first asks it, since that imports its provider's SDK.
"""

import asyncio
from threading import Lock
from typing import Any

from pydantic_ai import RunContext
from pydantic_ai.capabilities import AgentCapability, ModelFallback, ResolveModelId
from pydantic_ai.models import Model

from agent import schemas as s
from agent.errors import ConfigError
from agent.providers import missing, options, sdks
from agent.providers.breaker import BreakerModel


class LiveModels:
    """Agents know models by their names in models.yaml."""

    def __init__(self, given: s.Models):
        self.given, self.lock = given, Lock()
        self.built: dict[str, BreakerModel] = {}

    def require(self, name: str) -> None:
        """Raises `ConfigError` if a model cannot be used, as far as shows without its SDK."""
        model = self.given.models[name]
        if names := missing(model):
            raise ConfigError(f"the model {name} needs {' and '.join(names)}")
        try:
            sdks.check(model)
        except Exception as e:  # whatever a provider's module does when it is imported
            raise ConfigError(f"the model {name} cannot be used: {e}") from e
        if not model.variables:
            self.get(name)  # only its SDK knows what it needs

    def get(self, name: str) -> BreakerModel:
        """Raises `ConfigError` when the SDK refuses."""
        with self.lock:
            if name not in self.built:
                model = self.given.models[name]
                try:
                    made = sdks.build(model)
                except Exception as e:  # whatever an SDK makes of its options
                    raise ConfigError(f"the model {name} cannot be used: {e}") from e
                settings = options(model.settings)
                self.built[name] = BreakerModel(name, made, self.given.breaker, settings)
            return self.built[name]

    async def resolve(self, _: Any, name: str) -> Model:
        """The model, from a thread if it must be built: importing an SDK takes a second."""
        return self.built[name] if name in self.built else await asyncio.to_thread(self.get, name)

    def fallbacks(self, first: str) -> list[str]:
        """The models to ask when `first` fails: those of the fallback that are configured."""
        names = [n for n in self.given.fallback if n not in (first, "offline")]
        return [n for n in names if not missing(self.given.models[n])]

    def after(self, ctx: RunContext[Any]) -> ModelFallback[Any] | None:
        """What an agent does when the model of its run fails."""
        names = self.fallbacks(ctx.model.name) if isinstance(ctx.model, BreakerModel) else []
        return ModelFallback(*names) if names else None

    def capabilities(self, name: str) -> list[AgentCapability[Any]]:
        """What an agent needs to find its model by this name. Raises `ConfigError`."""
        others = self.fallbacks(name)
        for each in (name, *others):
            self.require(each)
        return [ResolveModelId(self.resolve), *([self.after] if others else [])]
