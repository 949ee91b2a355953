"""From manifests to agents: their model, their tools, and the schema their answers are held to."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pydantic_ai
from pydantic_ai import Agent, DeferredToolRequests, ModelRetry, RunContext, StructuredDict, Tool
from pydantic_ai.capabilities import AgentCapability, Hooks
from pydantic_ai.models import Model

from agent import schemas as s
from agent.budgets import account
from agent.checks import resolve
from agent.logs import log
from agent.manifests import Manifests
from agent.providers import Mode, how_to_go_live, options
from agent.providers.live import LiveModels
from agent.providers.offline import OfflineModel
from agent.run import Deps

pydantic_ai.BANNER_ENABLED = False  # its advertisement does not belong into our output
Agents = dict[str, Agent[Deps, Any]]
called: ContextVar[list[str] | None] = ContextVar("called", default=None)


def build_agents(manifests: Manifests, mode: Mode) -> Agents:
    """Every agent of config/, ready to run. Raises `ConfigError` if a model cannot be used."""
    live, agents = LiveModels(manifests.models), Agents()
    for name, given in manifests.agents.agents.items():
        hooks = Hooks[Deps](tool_execute_error=explain, before_tool_execute=note)
        model, capabilities = choose_model(name, manifests, live if mode == "live" else None)
        agents[name] = Agent(
            model,
            name=name,
            description=given.description or None,
            instructions=given.instructions or None,
            model_settings=options(given.settings),
            deps_type=Deps,
            retries=given.retries,
            output_type=[output_type(given), DeferredToolRequests],
            tools=[build_tool(tool, manifests, agents) for tool in given.tools],
            capabilities=[hooks, *capabilities],
        )
        if given.output_schema:
            agents[name].output_validator(schema_validator(given.output_schema))
    if mode == "live":
        warn_of_unpriced(live, manifests.policies)
    return agents


def warn_of_unpriced(live: LiveModels, policies: s.Policies) -> None:
    """A budget in USD holds only for models whose price is known: say once which are not."""
    hint = "no cost_usd of policies.yaml counts it: set tokens there too"
    if policies.budget.cost_usd or policies.daily_budget.cost_usd:
        for name in live.unpriced():
            log.warning("model_without_price", model=name, hint=hint)


def choose_model(
    agent: str, manifests: Manifests, live: LiveModels | None
) -> tuple[Model | str, list[AgentCapability[Deps]]]:
    """What an agent asks: the offline model, or the name of a live one and what finds it."""
    pinned = manifests.agents.agents[agent].model
    name = pinned or manifests.models.default
    if live and name != "offline":
        return name, live.capabilities(agent, pinned)
    replies = manifests.offline.replies.get(agent, [])
    return OfflineModel(agent, replies, how_to_go_live(manifests.models)), []


def output_type(given: s.AgentDef) -> Any:
    if given.output_schema is None:
        return str
    return StructuredDict(given.output_schema, name=given.output_schema.get("title", "Answer"))


def schema_validator(schema: dict[str, Any]) -> Callable[[Any], Any]:
    """Models are shown their output schema, but only this holds them to it."""
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(schema)

    def check(output: Any) -> Any:
        if isinstance(output, dict) and (error := next(validator.iter_errors(output), None)):
            raise ModelRetry(f"{error.json_path}: {error.message}")
        return output

    return check


async def note(ctx: RunContext[Deps], *, call: Any, args: Any, **_: Any) -> Any:
    """Remember the call for whoever asked which tools are called."""
    if (names := called.get()) is not None:
        names.append(call.tool_name)
    return args


async def explain(ctx: RunContext[Deps], *, error: Exception, **_: Any) -> Any:
    """A tool's ValueError tells the model what was wrong with its arguments."""
    raise ModelRetry(str(error)) if isinstance(error, ValueError) else error


def build_tool(name: str, manifests: Manifests, agents: Agents) -> Tool[Deps]:
    given = manifests.tools.tools[name]
    asked = given.approval or name in manifests.policies.approve_tools
    common: dict[str, Any] = {"name": name, "requires_approval": asked}
    if isinstance(given, s.PythonTool):
        function = resolve(given.call)
        return Tool(function, timeout=given.timeout_s, max_retries=given.retries, **common)
    other = manifests.agents.agents[given.agent]

    async def ask(ctx: RunContext[Deps], task: str) -> Any:
        agent = agents[given.agent]
        with account(agent, other.budget, ctx.usage, ctx.usage_limits) as paid:
            return (await agent.run(task, deps=ctx.deps, **paid)).output

    return Tool(ask, description=given.description or other.about, **common)
