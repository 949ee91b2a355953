"""The workflow as a Mermaid flowchart."""

from collections.abc import Iterator
from html import escape
from typing import Any

from agent import nodes as n
from agent import schemas as s

SHAPES = {"decision": "{{{}}}", "approval": "{{{{{}}}}}", "workflow": "[[{}]]", "remote": "[/{}/]"}


def mermaid(workflow: s.Workflow) -> str:
    """The text of the flowchart, the named workflows included."""
    lines = ["flowchart TD", *indented(draw(workflow, ""))]
    for name, graph in workflow.workflows.items():
        lines += indented(subgraph(f"workflow_{name}", f"workflow {name}", draw(graph, f"{name}_")))
    return "\n".join(lines)


def draw(graph: n.Graph, prefix: str) -> Iterator[str]:
    for node in graph.nodes:
        yield from draw_node(node, prefix)
    for edge in graph.links:
        arrow = f"-->|{label(edge.when)}|" if edge.when else "-->"
        yield f"{prefix}{edge.source} {arrow} {prefix}{edge.target}"


def draw_node(node: Any, prefix: str) -> Iterator[str]:
    name = f"{prefix}{node.id}"
    match node:
        case n.LoopNode():
            title = f"{node.id}: until {node.until}, at most {node.max_iterations} times"
            yield from subgraph(name, title, draw(node, f"{name}_"))
        case n.MapNode():
            title = f"{node.id}: for each of {node.over}"
            yield from subgraph(name, title, draw_node(node.body, f"{name}_"))
        case _:
            yield f"{name}{SHAPES.get(node.kind, '[{}]').format(label(f'{node.id}: {what(node)}'))}"


def subgraph(name: str, title: str, inside: Iterator[str]) -> Iterator[str]:
    yield f"subgraph {name}[{label(title)}]"
    yield from indented(inside)
    yield "end"


def what(node: Any) -> str:
    """What a node does, in a few words."""
    match node:
        case n.AgentNode():
            return f"agent {node.agent}"
        case n.DecisionNode():
            return f"agent {node.agent}" if node.agent else str(node.expr)
        case n.DeterministicNode():
            return str(node.call or node.expr)
        case n.WorkflowNode():
            return f"workflow {node.workflow}"
        case n.RemoteNode():
            return node.url_env
    return str(node.kind)


def indented(lines: Iterator[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)


def label(text: str) -> str:
    """A quoted label. Mermaid writes the entities of HTML with a # in place of the &."""
    return f'"{escape(text).replace("&", "#")}"'
