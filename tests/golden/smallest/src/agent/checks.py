"""What no single schema can say: every name that a manifest mentions exists and fits."""

import importlib
import inspect
import re
from collections.abc import Collection, Iterator
from typing import Any

from agent import nodes as n
from agent import schemas as s
from agent.graph_checks import check_graph
from agent.yaml_source import Key, Layers, Report, refer


def check(config: s.Config, layers: dict[str, Layers]) -> None:
    """Report every mistake to the layers it was made in."""
    agents, tools = config.agents.agents, config.tools.tools
    models = {*config.models.models, "offline"}
    report = layers["models"].problem
    refer(report, ("default",), "model", config.models.default, models)
    for i, name in enumerate(config.models.fallback):
        refer(report, ("fallback", i), "model", name, models)
    report = layers["tools"].problem
    for name, tool in tools.items():
        if isinstance(tool, s.PythonTool):
            check_call(tool.call, None, ("tools", name, "call"), report)
        else:
            refer(report, ("tools", name, "agent"), "agent", tool.agent, agents)
    check_agents(config, models, layers["agents"].problem)
    check_replies(config, layers["offline"].problem)
    report = layers["workflow"].problem
    for key, node in walk(config.workflow, ()):
        refer(report, (*key, "agent"), "agent", getattr(node, "agent", None), agents)
        if isinstance(node, n.DeterministicNode):
            check_call(node.call, node.args, (*key, "call"), report)
    check_graph(config.workflow, (), {"input"}, report)


def check_agents(config: s.Config, models: Collection[str], report: Report) -> None:
    for name, agent in config.agents.agents.items():
        key: Key = ("agents", name)
        refer(report, (*key, "model"), "model", agent.model, models)
        for i, tool in enumerate(agent.tools):
            refer(report, (*key, "tools", i), "tool", tool, config.tools.tools)
            if tool in config.policies.deny_tools:
                report((*key, "tools", i), f'policies.yaml denies tool "{tool}"')
        if agent.output_schema:
            check_output_schema(agent.output_schema, (*key, "output_schema"), report)


def check_output_schema(schema: dict[str, Any], key: Key, report: Report) -> None:
    from jsonschema import Draft202012Validator, SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as e:
        report((*key, *e.absolute_path), e.message)
    if schema.get("type") != "object":
        report(key, "the schema of an answer needs `type: object`")


def check_replies(config: s.Config, report: Report) -> None:
    for agent, replies in config.offline.replies.items():
        refer(report, ("replies", agent), "agent", agent, config.agents.agents)
        for i, reply in enumerate(replies):
            key: Key = ("replies", agent, i)
            refer(report, (*key, "tool"), "tool", reply.tool, config.tools.tools)
            try:
                re.compile(reply.when)
            except re.error as e:
                report((*key, "when"), f"regular expression: {e}")


def check_call(path: str, args: Collection[str] | None, key: Key, report: Report) -> None:
    """Import a function, and see whether it takes these arguments."""
    try:
        function = resolve(path)
        if args is not None:
            inspect.signature(function).bind(**dict.fromkeys(args))
    except TypeError as e:
        report(key, f"{path}: {e}")
    except Exception as e:  # importing a module may raise anything
        report(key, f"cannot import {path}: {type(e).__name__}: {e}")


def resolve(path: str) -> Any:
    """The object that `package.module:name` means. Raises what the import raises."""
    module, _, attribute = path.partition(":")
    value = importlib.import_module(module)
    for part in attribute.split("."):
        value = getattr(value, part)
    return value


def walk(graph: n.Graph, key: Key) -> Iterator[tuple[Key, Any]]:
    """Every node, those inside maps and loops too, with its path in workflow.yaml."""
    todo = [((*key, "nodes", i), node) for i, node in enumerate(graph.nodes)]
    for here, node in todo:
        yield here, node
        if isinstance(node, n.MapNode):
            todo.append(((*here, "body"), node.body))
        elif isinstance(node, n.LoopNode):
            yield from walk(node, here)
