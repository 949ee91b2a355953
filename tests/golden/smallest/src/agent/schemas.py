"""The schemas of the manifests under config/: one class per file.

`AgentFile` is for the files in config/agents/. To add a manifest, write its class and name it in
`Config`: loading, environment overlays, hashes, editor schemas and error messages follow from that.
"""
# ruff: noqa: RUF012 (pydantic copies default values)

from typing import Annotated, Any, Literal, get_args

from pydantic import Field, SecretStr

from agent.automation import Evaluations, Plugins, Scheduler
from agent.nodes import Graph, Id, Strict, Template
from agent.schema_agents import (
    AgentBudget,
    AgentDef,
    AgentFile,
    Agents,
    AgentTool,
    Breaker,
    ModelDef,
    ModelOptions,
    Models,
    PythonTool,
    Route,
    Tools,
)
from agent.schema_base import Manifest

__all__ = [
    "AgentBudget",
    "AgentDef",
    "AgentFile",
    "AgentTool",
    "Agents",
    "Breaker",
    "ModelDef",
    "ModelOptions",
    "Models",
    "PythonTool",
    "Route",
    "Tools",
]  # beside what is here

SCHEMA_VERSION = "2.0.0"  # of these classes
Rate = Annotated[str, Field(pattern=r"^[1-9]\d*/(second|minute|hour|day)$")]
Origin = Annotated[str, Field(pattern=r"^https?://[^/*\s]+$")]
Scope = Literal["run", "approve", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)


class Workflow(Manifest, Graph):
    name: str
    timeout_s: float = Field(300, gt=0)
    workflows: dict[Id, Graph] = Field({}, description="Graphs that `workflow` nodes run")
    max_depth: int = Field(5, ge=1, le=20, description="Of workflows in workflows; then null")


class ProviderAccess(Strict):
    api_key: SecretStr | None = Field(None, description="${VARIABLE}, or where the secret is")


class ProviderCredentials(Manifest):
    providers: dict[str, ProviderAccess] = Field({}, description="By provider of models.yaml")


class Memory(Manifest):
    store_url: str = Field("sqlite:///data/agent.db", description="AGENT_STORE_URL overrides it")
    max_turns: int = Field(20, ge=1, description="Of a conversation, that an agent remembers")
    session_ttl_s: int = Field(86_400, ge=1)
    run_ttl_s: int = Field(604_800, ge=1)
    cache_ttl_s: int = Field(0, ge=0, description="How long a caller's answers are given again")
    ledger_days: int = Field(90, ge=1, description="How long the usage of each day is kept")


class Budget(Strict):
    cost_usd: float | None = Field(1.0, gt=0)
    requests: int | None = Field(50, ge=1)
    tool_calls: int | None = Field(50, ge=0)
    tokens: int | None = Field(200_000, ge=1)


class DailyBudget(Strict):
    cost_usd: float | None = Field(None, gt=0)
    tokens: int | None = Field(None, ge=1)


class Policies(Manifest):
    rate_limit: Rate = Field("60/minute", description="Requests of one caller")
    max_input_chars: int = Field(20_000, ge=1)
    max_body_bytes: int = Field(1_000_000, ge=1)
    max_concurrent_runs: int = Field(32, ge=1)
    budget: Budget = Field(Budget(), description="The most that one run may use")
    daily_budget: DailyBudget = Field(
        DailyBudget(), description="The most that one caller may use on a day (UTC)"
    )
    deny_tools: list[Id] = Field([], description="Tools that no agent may have")
    approve_tools: list[Id] = Field([], description="Tools that need a person, whoever calls them")
    callers: dict[str, list[Scope]] = Field(
        {}, description="What those of AGENT_API_KEYS may do, if not run and approve"
    )
    cors_origins: list[Origin] = Field([], description="Web pages of others that may call it")


class Metrics(Manifest):
    enabled: bool = True
    prefix: Id = "agent"
    buckets: list[float] = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]


class Reply(Strict):
    when: str = Field("", description="Regular expression; its named groups can be used below")
    tool: Id | None = Field(None, description="Called once, before the answer")
    args: dict[str, Any] = {}
    text: Template | None = None
    output: Any = None


class Offline(Manifest):
    replies: dict[Id, list[Reply]] = {}


ABSENT: dict[str, Any] = {"version": "0.0.0"}


class Config(Strict):
    """A field per manifest, named as its file. Those with a default may be absent."""

    workflow: Workflow
    agents: Agents
    models: Models
    provider_credentials: ProviderCredentials = ProviderCredentials(**ABSENT)
    tools: Tools = Tools(**ABSENT)
    memory: Memory = Memory(**ABSENT)
    policies: Policies = Policies(**ABSENT)
    metrics: Metrics = Metrics(**ABSENT)
    scheduler: Scheduler = Scheduler(**ABSENT)
    plugins: Plugins = Plugins(**ABSENT)
    evaluations: Evaluations = Evaluations(**ABSENT)
    offline: Offline = Offline(**ABSENT)
