"""What must hold of a graph of nodes: it can be run, and its templates know their names."""

from collections.abc import Iterator
from functools import partial
from graphlib import CycleError
from typing import Any

from jinja2 import TemplateSyntaxError

from agent import nodes as n
from agent.expressions import names_in
from agent.yaml_source import Key, Report, refer, unknown

# the fields of nodes that are templates, and whether they are expressions
TEMPLATES = {"prompt": False, "template": False, "message": False, "expr": True, "over": True}
ALWAYS = {"input", "depth"}  # what a named workflow sees, whoever runs it


def check_workflow(workflow: Any, report: Report) -> None:
    """Everything that workflow.yaml alone can say: its own graph, and those under `workflows`."""
    check_graph(workflow, (), {"input"}, report)
    given: dict[str, set[str]] = {}
    for key, node in walk_workflow(workflow):
        if isinstance(node, n.WorkflowNode):
            refer(report, (*key, "workflow"), "workflow", node.workflow, workflow.workflows)
            given[node.workflow] = given.get(node.workflow, set(node.values)) & set(node.values)
            if "depth" in node.values:
                report((*key, "with", "depth"), "`depth` says how deep it is: take another name")
    for name, graph in workflow.workflows.items():
        check_graph(graph, ("workflows", name), ALWAYS | given.get(name, set()), report)


def walk_workflow(workflow: Any) -> Iterator[tuple[Key, Any]]:
    """Every node of workflow.yaml, with its path there."""
    yield from walk(workflow, ())
    for name, graph in workflow.workflows.items():
        yield from walk(graph, ("workflows", name))


def walk(graph: n.Graph, key: Key) -> Iterator[tuple[Key, Any]]:
    """Every node of a graph, those inside maps and loops too."""
    todo = [((*key, "nodes", i), node) for i, node in enumerate(graph.nodes)]
    for here, node in todo:
        yield here, node
        if isinstance(node, n.MapNode):
            todo.append(((*here, "body"), node.body))
        elif isinstance(node, n.LoopNode):
            yield from walk(node, here)


def check_graph(graph: n.Graph, key: Key, scope: set[str], report: Report) -> None:
    """Names are unique, edges lead somewhere, nothing runs in circles, templates know names."""
    ids = [node.id for node in graph.nodes]
    for i, name in enumerate(ids):
        if name in ids[:i] or name in scope:
            report((*key, "nodes", i, "id"), f'the name "{name}" is already taken')
    if not check_edges(graph, key, report):
        return
    try:
        order = list(graph.sorter().static_order())
    except CycleError as e:
        cycle = " -> ".join(e.args[1])
        report((*key, "edges"), f"cycle: {cycle}; use a `loop` node to repeat work")
        return
    check_choices(graph, key, report)
    above = ancestors(graph, order)
    repeated = {*ids, "iteration"} if isinstance(graph, n.LoopNode) else set[str]()
    for i, node in enumerate(graph.nodes):
        check_templates(node, (*key, "nodes", i), scope | repeated | above[node.id], report)
    check_template(graph.output, True, (*key, "output"), scope | set(ids), report)


def check_edges(graph: n.Graph, key: Key, report: Report) -> bool:
    """Whether every edge joins two nodes that exist."""
    sound = True
    for i, edge in enumerate(graph.edges or []):
        for end, name in ("from", edge.source), ("to", edge.target):
            refer(report, (*key, "edges", i, end), "node", name, graph.by_id)
            sound = sound and name in graph.by_id
    joined = {name for e in graph.links for name in (e.source, e.target)}
    for i, node in enumerate(graph.nodes):
        if graph.edges is not None and len(graph.nodes) > 1 and node.id not in joined:
            report((*key, "nodes", i), f'no edge reaches or leaves "{node.id}"')
    return sound


def check_choices(graph: n.Graph, key: Key, report: Report) -> None:
    """Edges follow choices that exist, and every choice of a decision leads somewhere."""
    for i, edge in enumerate(graph.edges or []):
        choices = getattr(graph.by_id[edge.source], "choices", None)
        if edge.when is not None and choices is None:
            report((*key, "edges", i, "when"), f'"{edge.source}" makes no decision')
        else:
            refer(report, (*key, "edges", i, "when"), "choice", edge.when, choices or ())
    for i, node in enumerate(graph.nodes):
        taken = {e.when for e in graph.links if e.source == node.id}
        if isinstance(node, n.DecisionNode) and taken and None not in taken:
            for choice in sorted(set(node.choices) - taken):
                report((*key, "nodes", i, "choices"), f'no edge for the choice "{choice}"')


def ancestors(graph: n.Graph, order: list[str]) -> dict[str, set[str]]:
    """The nodes that have run, or were skipped, before each node."""
    above: dict[str, set[str]] = {}
    for name in order:
        parents = {e.source for e in graph.incoming[name]}
        above[name] = parents.union(*(above[p] for p in parents))
    return above


def check_templates(node: Any, key: Key, scope: set[str], report: Report) -> None:
    template = partial(check_template, scope=scope, report=report)
    for name, expression in TEMPLATES.items():
        template(getattr(node, name, None), expression, (*key, name))
    for field, word in ("args", "args"), ("values", "with"):
        for name, text in getattr(node, field, {}).items():
            template(text, True, (*key, word, name))
    if isinstance(node, n.MapNode):
        check_templates(node.body, (*key, "body"), scope | {"item", "index"}, report)
    elif isinstance(node, n.LoopNode):
        inside = scope | {inner.id for inner in node.nodes} | {"iteration"}
        check_template(node.until, True, (*key, "until"), inside, report)
        check_graph(node, key, scope, report)


def check_template(
    text: str | None, expression: bool, key: Key, scope: set[str], report: Report
) -> None:
    try:
        names = names_in(text or "", expression=expression and bool(text))
    except TemplateSyntaxError as e:
        return report(key, f"template: {e.message}")
    for name in sorted(names - scope):
        report(key, unknown("name", name, scope) + " (only earlier nodes can be used)")
