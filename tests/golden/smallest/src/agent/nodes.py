"""The graph of config/workflow.yaml: one class per kind of node."""

from functools import cached_property
from graphlib import TopologicalSorter
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Dotted = Annotated[str, Field(pattern=r"^[\w.]+:[\w.]+$", description="package.module:function")]
Template = Annotated[str, Field(description="Jinja template")]
Env = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$", description="An environment variable")]
Expr = Annotated[str, Field(description="Jinja expression")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True)


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
    call: Dotted | None = Field(None, description="A function, called with `args`")
    args: dict[str, Expr] = {}
    expr: Expr | None = Field(None, description="Or an expression over the outputs so far")

    @model_validator(mode="after")
    def _one_source(self) -> "DeterministicNode":
        if (self.call is None) == (self.expr is None):
            raise ValueError("a deterministic node needs exactly one of `call` and `expr`")
        return self


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


class WorkflowNode(BaseNode):
    kind: Literal["workflow"]
    workflow: Id = Field(description="A name under `workflows`; a workflow may run itself")
    values: dict[Id, Expr] = Field({}, alias="with", description="What it sees beside `input`")


class RemoteNode(BaseNode):
    kind: Literal["remote"]
    url_env: Env = Field(description="Holds the address of the other agent service")
    key_env: Env | None = Field(None, description="Holds the key to call it with")
    prompt: Template = "{{ input }}"
    timeout_s: float | None = Field(120, gt=0)


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
    AgentNode
    | DeterministicNode
    | DecisionNode
    | MergeNode
    | ApprovalNode
    | MapNode
    | LoopNode
    | WorkflowNode
    | RemoteNode,
    Field(discriminator="kind"),
]
Graph.model_rebuild()  # now that Node is known
