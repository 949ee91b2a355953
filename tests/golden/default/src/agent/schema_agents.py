"""Agents, and what they have: models and tools."""
# ruff: noqa: RUF012 (pydantic copies default values)

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from agent.nodes import Dotted, Env, Expr, Id, Strict
from agent.schema_base import Manifest


class ModelOptions(Strict):
    max_tokens: int | None = Field(None, ge=1)
    temperature: float | None = Field(None, ge=0)
    top_p: float | None = Field(None, gt=0, le=1)
    timeout: float | None = Field(None, gt=0, description="Seconds for one request")
    max_retries: int | None = Field(None, ge=0, le=10, description="Of one request, by the SDK")
    seed: int | None = None
    extra: dict[str, Any] = Field({}, description="Settings that only one provider knows")


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


class AgentBudget(Strict):
    cost_usd: float | None = Field(None, gt=0)
    requests: int | None = Field(None, ge=1)
    tool_calls: int | None = Field(None, ge=0)
    tokens: int | None = Field(None, ge=1)


class Routing(Strict):
    when: str = Field("", description="Which requests are for this agent")
    capabilities: list[str] = Field([], description="What it can do, in a word or two each")


class AgentDef(Strict):
    description: str = ""
    instructions: str = ""
    model: str | None = Field(None, description="A name in models.yaml; without it the default")
    llm: ModelDef | None = Field(None, description="Or a model of its own")
    tools: list[Id] = []
    budget: AgentBudget | None = Field(None, description="The most it may use for one task")
    routing: Routing = Field(Routing(), description="Told to agents that choose or ask this one")
    output_schema: dict[str, Any] | None = Field(None, description="JSON schema of the answer")
    settings: ModelOptions = ModelOptions()
    retries: int = Field(1, ge=0, le=10, description="Second chances for a wrong answer")

    @model_validator(mode="after")
    def _one_model(self) -> "AgentDef":
        if self.model and self.llm:
            raise ValueError("an agent has one of `model` and `llm`")
        return self

    @property
    def about(self) -> str:
        """What agents are told that choose this one or ask it."""
        can = ", ".join(self.routing.capabilities)
        return " ".join(filter(None, [self.description, self.routing.when, can and f"Can: {can}."]))


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
    description: str = Field("", description="Without it: what the agent says of itself")
    approval: bool = Field(False, description="A person must approve every call")


class Tools(Manifest):
    tools: dict[Id, Annotated[PythonTool | AgentTool, Field(discriminator="kind")]] = {}


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
