"""The models of models.yaml: which one an agent asks, and which ones when that fails.

Each is built when a run first asks it, since that imports its provider's SDK.
"""

import asyncio
from functools import partial
from threading import Lock
from typing import Any

from pydantic_ai import RunContext
from pydantic_ai.capabilities import AgentCapability, ModelFallback, ResolveModelId, SelectModel
from pydantic_ai.models import Model, ModelSelectionContext

from agent import schemas as s
from agent.errors import ConfigError
from agent.expressions import evaluate
from agent.providers import missing, options, sdks
from agent.providers.breaker import BreakerModel


class LiveModels:
    """Agents know models by their names in models.yaml."""

    def __init__(self, given: s.Models):
        self.given, self.lock = given, Lock()
        self.required: dict[str, s.ModelDef] = {}
        self.built: dict[str, BreakerModel] = {}

    def require(self, name: str) -> None:
        """Raises `ConfigError` if a model cannot be used, as far as shows without its SDK."""
        model = self.required[name] = self.given.models[name]
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
        """The models to ask when `first` fails: those of its fallback that are configured."""
        own = self.given.models[first].fallback
        names = self.given.fallback if own is None else own
        others = [name for name in names if name not in (first, "offline")]
        return [name for name in others if not missing(self.given.models[name])]

    def after(self, ctx: RunContext[Any]) -> ModelFallback[Any] | None:
        """What an agent does when the model of its run fails."""
        names = self.fallbacks(ctx.model.name) if isinstance(ctx.model, BreakerModel) else []
        return ModelFallback(*names) if names else None

    def route(self, agent: str, ctx: ModelSelectionContext[Any]) -> str:
        """The model of the first route that holds for what an agent is asked, or the default."""
        parts = [p for m in ctx.messages for p in m.parts if p.part_kind == "user-prompt"]
        scope = {"agent": agent, "prompt": str(parts[-1].content) if parts else ""}
        holding = (route.model for route in self.given.routes if evaluate(route.when, scope))
        return next(holding, self.given.default)

    def capabilities(self, agent: str, pinned: str | None) -> list[AgentCapability[Any]]:
        """What an agent needs to find its models by their names. Raises `ConfigError`."""
        routes = [] if pinned else self.given.routes
        first = dict.fromkeys([pinned or self.given.default, *(route.model for route in routes)])
        others = [other for name in first for other in self.fallbacks(name)]
        for name in (*first, *others):
            self.require(name)
        found: list[AgentCapability[Any]] = [ResolveModelId(self.resolve)]
        found += [SelectModel(partial(self.route, agent))] if routes else []
        return found + ([self.after] if others else [])

    def unpriced(self) -> list[str]:
        """The models that agents may ask and whose price nobody knows."""
        return [name for name, model in self.required.items() if not sdks.has_price(model)]
