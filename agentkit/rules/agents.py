"""AGT: what an agent may do, and what it may use up (OWASP for LLM applications and agents)."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from agentkit.rules import Finding, Rule
from agentkit.rules.objects import listed, mapping
from agentkit.rules.view import Mapping, View

LLM06 = "https://genai.owasp.org/llmrisk/llm062025-excessive-agency/"
LLM10 = "https://genai.owasp.org/llmrisk/llm102025-unbounded-consumption/"
LLM05 = "https://genai.owasp.org/llmrisk/llm052025-improper-output-handling/"
RISKY = re.compile(r"(^|_)(delete|drop|remove|purge|transfer|pay|refund|send|publish|deploy)(_|$)")


def manifest(view: View, name: str) -> Mapping:
    """config/NAME.yaml; empty if there is none."""
    documents = view.yaml(f"config/{name}.yaml")
    return mapping(documents[0] if documents else None)


class Budgets(Rule):
    """A run has a budget of money, tokens, requests and tool calls, and a time"""

    id = "AK-AGT001"
    severity = "high"
    why = "an agent in a loop spends until somebody looks"
    fix = "budget: {cost_usd, requests, tool_calls, tokens} in config/policies.yaml"
    url = LLM10
    wanted = ("cost_usd", "requests", "tool_calls", "tokens")

    def applies(self, view: View) -> bool:
        return view.has("config/policies.yaml")

    def check(self, view: View) -> Iterable[Finding]:
        policies = manifest(view, "policies")
        budget = mapping(policies, "budget")
        line = policies.lines.get("budget", 1)
        missing = [name for name in self.wanted if not budget.get(name)]
        if missing:
            yield self.at(
                "config/policies.yaml", line, f"no limit of {', '.join(missing)}", "budget"
            )


class ToolsByName(Rule):
    """Every tool of an agent is named; there is no wildcard"""

    id = "AK-AGT002"
    severity = "high"
    why = "a tool that is added for one agent is a tool of all of them"
    fix = "list the tools by name"
    url = LLM06

    def check(self, view: View) -> Iterable[Finding]:
        for path in view.matching(r"config/(agents|tools)\.ya?ml|config/agents/.*\.(ya?ml|toml)"):
            documents = [view.toml(path)] if path.endswith(".toml") else view.yaml(path)
            for document in documents:
                for holder in _holders(document, "tools"):
                    tools = holder["tools"]
                    names = tools if isinstance(tools, list | dict) else [tools]
                    if any(str(name) in ("*", "all") for name in names):
                        line = holder.lines["tools"] if isinstance(holder, Mapping) else 1
                        yield self.at(path, line, "an agent has every tool", "wildcard")


def _holders(value: Any, key: str) -> Iterator[Any]:
    if isinstance(value, dict):
        if key in value:
            yield value
        for inner in value.values():
            yield from _holders(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _holders(inner, key)


class Approval(Rule):
    """Tools that cannot be undone ask a person"""

    id = "AK-AGT003"
    severity = "high"
    confidence = "structural"
    why = "an injected instruction deletes, pays or publishes in your name"
    fix = "approval: true of the tool, or approve_tools in config/policies.yaml"
    url = LLM06

    def applies(self, view: View) -> bool:
        return view.has("config/tools.yaml")

    def check(self, view: View) -> Iterable[Finding]:
        asked = set(map(str, listed(manifest(view, "policies"), "approve_tools")))
        denied = set(map(str, listed(manifest(view, "policies"), "deny_tools")))
        tools = mapping(manifest(view, "tools"), "tools")
        for name in tools:
            safe = str(name) in asked | denied or mapping(tools, name).get("approval") is True
            if RISKY.search(str(name)) and not safe:
                what = f"{name} looks final, and asks nobody"
                yield self.at("config/tools.yaml", tools.lines.get(name, 1), what, str(name))


class NamedModel(Rule):
    """The model is named in the configuration, and not by an alias that moves"""

    id = "AK-AGT007"
    why = "another model behind the same name is another agent"
    fix = "provider:model in config/models.yaml, without latest"
    url = "https://genai.owasp.org/llmrisk/llm032025-supply-chain/"

    def applies(self, view: View) -> bool:
        return view.has("config/models.yaml")

    def check(self, view: View) -> Iterable[Finding]:
        allowed: list[str] = view.option(self.id, "allowed", [])
        for name, model in mapping(manifest(view, "models"), "models").items():
            told = model.get("model", "") if isinstance(model, Mapping) else ""
            line = model.lines.get("model", model.line) if isinstance(model, Mapping) else 1
            if re.search(r"(^|[-:@])latest$", str(told)):
                yield self.at("config/models.yaml", line, f"{told} is another one tomorrow", name)
            elif allowed and not any(re.fullmatch(a, str(told)) for a in allowed):
                what = f"{told} is no model of this organisation"
                yield self.at("config/models.yaml", line, what, str(name))
