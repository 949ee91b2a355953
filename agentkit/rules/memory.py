"""AGT, continued: state, identities, remote tools, evaluations."""

import ast
import re
from collections.abc import Iterable

from agentkit.rules import Finding, Rule, code
from agentkit.rules.agents import manifest
from agentkit.rules.objects import mapping
from agentkit.rules.view import Mapping, View

KEPT = ("session", "conversation", "histor", "memor", "userdata", "user_data", "chat")
WORDS = r"(sessions?|conversations?|histor(y|ies)|memor(y|ies)|user_?data|chats?)"
SESSIONS = re.compile(f"{WORDS}$", re.I)
ASSIGNED = re.compile(rf"{WORDS}\s*[:=]", re.I)
ASI = "https://genai.owasp.org/resource/owasp-top-10-for-agentic-applications-for-2026/"


class NoStateInProcess(Rule):
    """Conversations are kept in a store, not in the process"""

    id = "AK-AGT009"
    severity = "high"
    confidence = "heuristic"
    why = "the second process does not know them, and a restart forgets them"
    fix = "a store that all processes share"
    url = "https://12factor.net/processes"

    def check(self, view: View) -> Iterable[Finding]:
        for path in (p for p in view.saying(*KEPT) if ASSIGNED.search(view.text(p))):
            for node in view.python(path).body:
                if isinstance(node, ast.Assign | ast.AnnAssign) and _empty(node.value):
                    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                    for name in map(code.dotted, targets):
                        if SESSIONS.search(name):
                            yield self.at(
                                path, node.lineno, f"{name} is in this process only", name
                            )


def _empty(made: ast.expr | None) -> bool:
    """Is it a mapping or a list that is filled later?"""
    if isinstance(made, ast.Call):
        return code.dotted(made.func).rpartition(".")[2] in ("dict", "list", "defaultdict")
    return isinstance(made, ast.Dict | ast.List) and not ast.unparse(made).strip("{}[]")


class OwnKeys(Rule):
    """Models and remote services name a key of their own"""

    id = "AK-AGT010"
    confidence = "structural"
    why = "one key for everything cannot be taken from one agent, or be limited for it"
    fix = "a variable of its own for each: api_key_env, key_env"
    url = ASI

    def applies(self, view: View) -> bool:
        return view.has("config/models.yaml")

    def check(self, view: View) -> Iterable[Finding]:
        models = mapping(manifest(view, "models"), "models")
        owners: dict[str, str] = {}
        for name, model in models.items():
            if not isinstance(model, Mapping):
                continue
            variable = str(model.get("api_key_env") or "")
            provider = str(model.get("model", "")).partition(":")[0]
            if re.search(r"admin|root|master", variable, re.I):
                line = model.lines["api_key_env"]
                yield self.at(
                    "config/models.yaml", line, f"{name} uses an administrator's key", name
                )
            elif variable and owners.setdefault(variable, provider) != provider:
                line = model.lines["api_key_env"]
                what = f"{name} uses the key of {owners[variable]}"
                yield self.at("config/models.yaml", line, what, str(name))


class PinnedServers(Rule):
    """Tool servers of others are pinned, and reached over TLS"""

    id = "AK-AGT011"
    severity = "high"
    confidence = "structural"
    why = "what the server is tomorrow decides what the agent does"
    fix = "npx package@1.2.3, uvx package==1.2.3, an image by digest, https://"
    url = ASI

    def applies(self, view: View) -> bool:
        return bool(view.matching(r"(.*/)?\.?mcp(_servers)?\.(json|ya?ml)"))

    def check(self, view: View) -> Iterable[Finding]:
        for path in view.matching(r"(.*/)?\.?mcp(_servers)?\.(json|ya?ml)"):
            data = view.json(path) if path.endswith(".json") else next(iter(view.yaml(path)), {})
            servers = (
                data.get("mcpServers") or data.get("servers") if isinstance(data, dict) else {}
            )
            for name, server in (servers or {}).items():
                if isinstance(server, dict) and (what := _loose(server)):
                    yield self.at(path, 1, f"{name}: {what}", str(name))


def _loose(server: dict[str, object]) -> str:
    url = str(server.get("url", ""))
    if url.startswith("http://") and not re.match(r"http://(localhost|127\.|\[::1\])", url):
        return f"{url} is not encrypted"
    arguments = server.get("args")
    words = [
        str(server.get("command", "")),
        *map(str, arguments if isinstance(arguments, list) else []),
    ]
    if words[0].rpartition("/")[2] in ("npx", "uvx", "bunx", "pipx"):
        names = [word for word in words[1:] if not word.startswith("-")]
        if names and not re.search(r"(@|==)\d", names[0]):
            return f"{names[0]} is another one tomorrow"
    return ""


class Evaluated(Rule):
    """There are evaluations, with a threshold"""

    id = "AK-AGT012"
    confidence = "structural"
    why = "a changed prompt or model is noticed before users notice it"
    fix = "suites with a threshold in config/evaluations.yaml"
    url = "https://genai.owasp.org/llmrisk/llm092025-misinformation/"

    def applies(self, view: View) -> bool:
        return view.has("config/agents.yaml") or bool(view.matching(r"config/agents/.*"))

    def check(self, view: View) -> Iterable[Finding]:
        if view.matching(r"(.*/)?evals?/.*|(.*/)?evaluations?/.*"):
            return
        suites = mapping(manifest(view, "evaluations"), "suites")
        if not suites:
            yield self.at("config/evaluations.yaml", 1, "nothing evaluates the agent", "missing")
        for name, suite in suites.items():
            threshold = suite.get("threshold", 1.0) if isinstance(suite, Mapping) else 1.0
            if not isinstance(threshold, int | float) or threshold <= 0:
                line = suites.lines.get(name, 1)
                yield self.at("config/evaluations.yaml", line, f"{name} cannot fail", str(name))
