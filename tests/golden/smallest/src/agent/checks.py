"""What no single schema can say: every name that a manifest mentions exists and fits."""

import importlib
import inspect
import re
from collections.abc import Collection
from graphlib import CycleError, TopologicalSorter
from typing import Any

from jinja2 import TemplateSyntaxError

from agent import nodes as n
from agent import schemas as s
from agent.expressions import names_in
from agent.graph_checks import check_workflow, walk_workflow
from agent.yaml_source import Key, Layers, Report, refer, unknown


def check(config: s.Config, layers: dict[str, Layers]) -> None:
    """Report every mistake to the layers it was made in."""
    agents, tools = config.agents.agents, config.tools.tools
    models = {*config.models.models, "offline"}
    check_models(config.models, models, layers["models"].problem)
    check_providers(config, layers["provider_credentials"].problem)
    report = layers["tools"].problem
    for name, tool in tools.items():
        if isinstance(tool, s.PythonTool):
            check_call(tool.call, None, ("tools", name, "call"), report)
        else:
            key: Key = ("tools", name, "agent")
            refer(report, key, "agent", tool.agent, agents)
            if tool.agent in agents and not (tool.description or agents[tool.agent].about):
                report(key, "describe what it is for: here, or in the `description` of the agent")
    check_agent_tools(config, report)
    check_tool_names(config.policies, tools, layers["policies"].problem)
    check_jobs(config, layers["scheduler"].problem)
    check_observers(config, layers["plugins"].problem)
    check_suites(config, layers["evaluations"].problem)
    check_agents(config, models, layers["agents"].problem)
    check_replies(config, layers["offline"].problem)
    report = layers["workflow"].problem
    for key, node in walk_workflow(config.workflow):
        refer(report, (*key, "agent"), "agent", getattr(node, "agent", None), agents)
        if isinstance(node, n.DeterministicNode) and node.call:
            check_call(node.call, node.args, (*key, "call"), report)
    check_workflow(config.workflow, report)


def check_providers(config: s.Config, report: Report) -> None:
    known = {model.provider for model in config.models.models.values()}
    for name in config.provider_credentials.providers:
        refer(report, ("providers", name), "provider", name, known)


def check_models(given: s.Models, models: Collection[str], report: Report) -> None:
    refer(report, ("default",), "model", given.default, models)
    for i, name in enumerate(given.fallback):
        refer(report, ("fallback", i), "model", name, models)
    for model, one in given.models.items():
        for i, name in enumerate(one.fallback or ()):
            refer(report, ("models", model, "fallback", i), "model", name, given.models)
    for i, route in enumerate(given.routes):
        refer(report, ("routes", i, "model"), "model", route.model, given.models)
        check_expression(route.when, {"prompt", "agent"}, ("routes", i, "when"), report)


def check_expression(text: str, scope: Collection[str], key: Key, report: Report) -> None:
    try:
        names = names_in(text, expression=True)
    except TemplateSyntaxError as e:
        return report(key, f"expression: {e.message}")
    for name in sorted(names.difference(scope)):
        report(key, unknown("name", name, scope))


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


def check_agent_tools(config: s.Config, report: Report) -> None:
    """No agent is its own tool, and none waits for a person where nobody can answer."""
    agents, tools = config.agents.agents, config.tools.tools
    asks = {name: t.agent for name, t in tools.items() if isinstance(t, s.AgentTool)}
    used = {name: [t for t in agent.tools if t in tools] for name, agent in agents.items()}
    for tool, agent in asks.items():
        for inner in used.get(agent, []):
            if tools[inner].approval or inner in config.policies.approve_tools:
                needs = f'the agent "{agent}" may not be a tool: its own tool "{inner}" needs'
                report(("tools", tool, "agent"), f"{needs} approval, which only nodes wait for")
    graph = {name: {asks[t] for t in given if t in asks} for name, given in used.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as e:
        first = next(t for t, agent in asks.items() if agent in e.args[1])
        around = " -> ".join(reversed(e.args[1]))
        report(("tools", first, "agent"), f"agents ask each other in a circle: {around}")


def check_tool_names(policies: s.Policies, tools: Collection[str], report: Report) -> None:
    for field in "deny_tools", "approve_tools":
        for i, name in enumerate(getattr(policies, field)):
            refer(report, (field, i), "tool", name, tools)


def check_jobs(config: s.Config, report: Report) -> None:
    for name, job in config.scheduler.jobs.items():
        if len(job.input) > config.policies.max_input_chars:
            report(("jobs", name, "input"), "policies.yaml has a lower max_input_chars")
        if job.catch_up_s >= config.memory.run_ttl_s:  # a run that is forgotten would run again
            report(("jobs", name, "catch_up_s"), "it must be less than run_ttl_s of memory.yaml")


def check_observers(config: s.Config, report: Report) -> None:
    for i, observer in enumerate(config.plugins.observers):
        check_plain(observer.call, "event", ("observers", i, "call"), report)


def check_suites(config: s.Config, report: Report) -> None:
    for suite, given in config.evaluations.suites.items():
        for case, expect in ((name, case.expect) for name, case in given.cases.items()):
            key: Key = ("suites", suite, "cases", case, "expect")
            for i, tool in enumerate(expect.tool_called):
                refer(report, (*key, "tool_called", i), "tool", tool, config.tools.tools)
            if expect.json_schema is not None:
                check_schema(expect.json_schema, (*key, "json_schema"), report)
            if expect.check:
                check_plain(expect.check, "output", (*key, "check"), report)


def check_plain(path: str, argument: str, key: Key, report: Report) -> None:
    """A function that takes one argument and is not `async`: nobody would await it."""
    try:
        function = resolve(path)
        inspect.signature(function).bind(argument)
    except Exception as e:  # importing a module may raise anything
        return report(key, f"{path} cannot be called with one {argument}: {type(e).__name__}: {e}")
    if inspect.iscoroutinefunction(function):
        report(key, f"{path} must be a plain function, not an async one")


def check_output_schema(schema: dict[str, Any], key: Key, report: Report) -> None:
    check_schema(schema, key, report)
    if schema.get("type") != "object":
        report(key, "the schema of an answer needs `type: object`")


def check_schema(schema: dict[str, Any], key: Key, report: Report) -> None:
    from jsonschema import Draft202012Validator, SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as e:
        report((*key, *e.absolute_path), e.message)


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
