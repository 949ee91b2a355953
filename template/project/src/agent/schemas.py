"""The schemas of the manifests under config/: one class per file.

`AgentFile` is for the files in config/agents/. To add a manifest, write its class and name it in
`Config`: loading, environment overlays, hashes, editor schemas and error messages follow from that.
"""
# ruff: noqa: RUF012 (pydantic copies default values)

from typing import Annotated, Any, Literal

from pydantic import Field

from agent.automation import Evaluations, Plugins, Scheduler
from agent.nodes import Dotted, Env, Expr, Graph, Id, Strict, Template
from agent.schema_base import Manifest

SCHEMA_VERSION = "2.0.0"  # of these classes
Rate = Annotated[str, Field(pattern=r"^\d+/(second|minute|hour|day)$")]


class Workflow(Manifest, Graph):
    name: str
    timeout_s: float = Field(300, gt=0)
    workflows: dict[Id, Graph] = Field({}, description="Graphs that `workflow` nodes run")
    max_depth: int = Field(5, ge=1, le=20, description="Of workflows in workflows; then null")


class ModelOptions(Strict):
    max_tokens: int | None = Field(None, ge=1)
    temperature: float | None = Field(None, ge=0)
    top_p: float | None = Field(None, gt=0, le=1)
    timeout: float | None = Field(None, gt=0, description="Seconds for one request")
    max_retries: int | None = Field(None, ge=0, le=10, description="Of one request, by the SDK")
    seed: int | None = None
    extra: dict[str, Any] = Field({}, description="Settings that only one provider knows")


class AgentDef(Strict):
    description: str = ""
    instructions: str = ""
    model: str | None = Field(None, description="A name in models.yaml; without it the default")
    tools: list[Id] = []
    output_schema: dict[str, Any] | None = Field(None, description="JSON schema of the answer")
    settings: ModelOptions = ModelOptions()
    retries: int = Field(1, ge=0, le=10, description="Second chances for a wrong answer")


class Agents(Manifest):
    agents: dict[Id, AgentDef] = Field(min_length=1)


class AgentFile(AgentDef, Manifest):
    pass


class PythonTool(Strict):
    kind: Literal["python"]
    call: Dotted
    approval: bool = Field(False, description="A person must approve every call")
    timeout_s: float = Field(30, gt=0)
    retries: int = Field(1, ge=0, le=10)


class AgentTool(Strict):
    kind: Literal["agent"]
    agent: Id
    description: str
    approval: bool = Field(False, description="A person must approve every call")


class Tools(Manifest):
    tools: dict[Id, Annotated[PythonTool | AgentTool, Field(discriminator="kind")]] = {}


class ModelDef(Strict):
    model: str = Field(pattern=r"^[\w/-]+:.+$", description="provider:model")
    api_key_env: Env | None = None
    base_url_env: Env | None = None
    provider_env: dict[Id, Env] = Field({}, description="Other arguments of the provider's class")
    settings: ModelOptions = ModelOptions()
    fallback: list[str] | None = Field(None, description="Instead of the one for all models")

    @property
    def provider(self) -> str:
        """`openai` of `openai:gpt`, and of `openai-chat:gpt` and `openai-responses:gpt`."""
        name = self.model.partition(":")[0]
        return name.removesuffix("-chat").removesuffix("-responses")

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables it needs, by the argument of the provider each is for."""
        named = {"api_key": self.api_key_env, "base_url": self.base_url_env}
        return {name: given for name, given in named.items() if given} | self.provider_env


class Route(Strict):
    when: Expr = Field(description="Jinja expression over `prompt` and `agent`")
    model: str


class Breaker(Strict):
    failures: int = Field(5, ge=1, description="In a row, before the model is left alone")
    reset_s: float = Field(30, gt=0)


class Models(Manifest):
    default: str = Field("offline", description="The model of every agent that names none")
    routes: list[Route] = Field([], description="The first that holds, before the default")
    fallback: list[str] = Field([], description="Asked in this order when a model fails")
    models: dict[str, ModelDef] = {}
    breaker: Breaker = Breaker()


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
    tools: Tools = Tools(**ABSENT)
    memory: Memory = Memory(**ABSENT)
    policies: Policies = Policies(**ABSENT)
    metrics: Metrics = Metrics(**ABSENT)
    scheduler: Scheduler = Scheduler(**ABSENT)
    plugins: Plugins = Plugins(**ABSENT)
    evaluations: Evaluations = Evaluations(**ABSENT)
    offline: Offline = Offline(**ABSENT)
