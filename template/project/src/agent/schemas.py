"""The schemas of the manifests under config/: one class per file, one class per kind of node.

To add a manifest, write its class and name it in `Config`: loading, environment overlays, hashes,
editor schemas and error messages follow from that.
"""

from functools import cached_property
from graphlib import TopologicalSorter
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

SCHEMA_VERSION = "1.0.0"  # of the classes below

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
SemVer = Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
Dotted = Annotated[str, Field(pattern=r"^[\w.]+:[\w.]+$", description="package.module:function")]
Env = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$", description="An environment variable")]
Rate = Annotated[str, Field(pattern=r"^\d+/(second|minute|hour|day)$")]
Template = Annotated[str, Field(description="Jinja template")]
Expr = Annotated[str, Field(description="Jinja expression")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True)


class Manifest(Strict):
    version: SemVer = Field(description="Semantic version of this file")
    description: str = ""


class Edge(Strict):
    source: Id = Field(alias="from")
    target: Id = Field(alias="to")
    when: str | None = Field(None, description="A choice of the decision this edge leaves")


class BaseNode(Strict):
    id: Id
    description: str = ""
    retries: int = Field(0, ge=0, le=10)
    timeout_s: float | None = Field(None, gt=0)
    optional: bool = Field(False, description="A failure yields null and the run goes on")


class AgentNode(BaseNode):
    kind: Literal["agent"]
    agent: Id
    prompt: Template = "{{ input }}"
    session: bool = Field(False, description="Continue the caller's conversation")


class DeterministicNode(BaseNode):
    kind: Literal["deterministic"]
    call: Dotted
    args: dict[str, Expr] = {}


class DecisionNode(BaseNode):
    kind: Literal["decision"]
    choices: list[str] = Field(min_length=2)
    agent: Id | None = None
    prompt: Template = "{{ input }}"
    expr: Expr | None = None

    @model_validator(mode="after")
    def _one_decider(self) -> "DecisionNode":
        if (self.agent is None) == (self.expr is None):
            raise ValueError("a decision needs exactly one of `agent` and `expr`")
        return self


class MergeNode(BaseNode):
    kind: Literal["merge"]
    template: Template | None = Field(None, description="Without it: {source id: output}")


class ApprovalNode(BaseNode):
    kind: Literal["approval"]
    message: Template
    choices: list[str] = Field(["approve", "reject"], min_length=2)


class MapNode(BaseNode):
    kind: Literal["map"]
    over: Expr
    body: "Node"
    max_parallel: int = Field(4, ge=1, le=64)


class Graph(Strict):
    nodes: list["Node"] = Field(min_length=1)
    edges: list[Edge] | None = Field(None, description="Without it: the nodes run in this order")
    output: Expr | None = Field(None, description="Without it: what the last node returned")

    @cached_property
    def by_id(self) -> dict[str, "Node"]:
        return {n.id: n for n in self.nodes}

    @cached_property
    def links(self) -> list[Edge]:
        if self.edges is not None:
            return self.edges
        return [Edge(source=a.id, target=b.id) for a, b in pairwise(self.nodes)]

    @cached_property
    def incoming(self) -> dict[str, list[Edge]]:
        return {n.id: [e for e in self.links if e.target == n.id] for n in self.nodes}

    @cached_property
    def sinks(self) -> list[str]:
        sources = {e.source for e in self.links}
        return [n.id for n in self.nodes if n.id not in sources]

    def sorter(self) -> TopologicalSorter[str]:
        return TopologicalSorter({i: [e.source for e in es] for i, es in self.incoming.items()})


class LoopNode(BaseNode, Graph):
    kind: Literal["loop"]
    until: Expr
    max_iterations: int = Field(3, ge=1, le=100)


Node = Annotated[
    AgentNode | DeterministicNode | DecisionNode | MergeNode | ApprovalNode | MapNode | LoopNode,
    Field(discriminator="kind"),
]


class Workflow(Manifest, Graph):
    name: str
    timeout_s: float = Field(300, gt=0)


class ModelOptions(Strict):
    max_tokens: int | None = Field(None, ge=1)
    temperature: float | None = Field(None, ge=0)
    top_p: float | None = Field(None, gt=0, le=1)
    timeout: float | None = Field(None, gt=0, description="Seconds for one request")
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
    settings: ModelOptions = ModelOptions()


class Breaker(Strict):
    failures: int = Field(5, ge=1, description="In a row, before the model is left alone")
    reset_s: float = Field(30, gt=0)


class Models(Manifest):
    default: str = Field("offline", description="The model of every agent that names none")
    fallback: list[str] = Field([], description="Asked in this order when a model fails")
    models: dict[str, ModelDef] = {}
    breaker: Breaker = Breaker()


class Memory(Manifest):
    url: str = Field("sqlite:///data/agent.db", description="AGENT_STORE_URL overrides it")
    max_turns: int = Field(20, ge=1, description="Of a conversation, that an agent remembers")
    session_ttl_s: int = Field(86_400, ge=1)
    run_ttl_s: int = Field(604_800, ge=1)


class Budget(Strict):
    cost_usd: float | None = Field(1.0, gt=0)
    requests: int | None = Field(50, ge=1)
    tool_calls: int | None = Field(50, ge=0)
    tokens: int | None = Field(200_000, ge=1)


class Policies(Manifest):
    rate_limit: Rate = Field("60/minute", description="Requests of one caller")
    max_input_chars: int = Field(20_000, ge=1)
    max_body_bytes: int = Field(1_000_000, ge=1)
    max_concurrent_runs: int = Field(32, ge=1)
    budget: Budget = Field(Budget(), description="The most that one run may use")
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
    offline: Offline = Offline(**ABSENT)
