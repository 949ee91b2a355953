"""AGT, continued: what code does with what a model wrote, and with other services."""

import ast
import re
from collections.abc import Iterable

from agentkit.rules import Finding, Rule, code
from agentkit.rules.agents import LLM05, LLM10
from agentkit.rules.view import View

CODE = ("eval", "exec", "os.system", "os.popen", "pickle.load", "pickle.loads", "marshal.loads")
UNSAFE = ("yaml.Loader", "yaml.UnsafeLoader", "yaml.FullLoader", "UnsafeLoader")
CLIENTS = tuple(
    f"{module}.{verb}"
    for module in ("requests", "httpx")
    for verb in ("get", "post", "put", "patch", "delete", "request", "head")
)
TOOLS = ("tool", "tool_plain", "function_tool", "kernel_function")
OWN = ("self", "cls")
ASIDE = re.compile(r"(^|[/_])prompts?(\.py|/)")  # modules of prompts only
LONG_PROMPT = 400  # characters


class NoCode(Rule):
    """Nothing that a model or a caller wrote is run as code"""

    id = "AK-AGT004"
    severity = "high"
    confidence = "heuristic"
    why = "the model's answer becomes a program with the rights of the service"
    fix = "parse it: ast.literal_eval, json, a grammar; subprocess with a list; yaml.safe_load"
    url = LLM05

    def check(self, view: View) -> Iterable[Finding]:
        for path in view.saying(*CODE, "shell", "yaml.load"):
            tree = view.python(path)
            for call in code.calls(tree, *CODE):
                yield self.at(path, call.lineno, f"calls {code.dotted(call.func)}")
            for call in code.calls(tree, "*.run", "*.Popen", "*.call", "*.check_output"):
                if code.value(code.keyword(call, "shell")) is True:
                    yield self.at(path, call.lineno, "runs a line of the shell")
            for call in code.calls(tree, "yaml.load"):
                given = [k.value for k in call.keywords if k.arg == "Loader"] or call.args[1:2]
                if not given or code.dotted(given[0]) in UNSAFE:
                    yield self.at(path, call.lineno, "yaml.load makes any object")


class TypedArguments(Rule):
    """The arguments of tools are typed"""

    id = "AK-AGT005"
    confidence = "heuristic"
    why = "the model is shown the types, and is held to them"
    fix = "annotate every argument of the function"
    url = LLM05

    def check(self, view: View) -> Iterable[Finding]:
        marked = {*view.saying(*TOOLS)}
        for path in view.sources:
            aside = "/tools/" in f"/{path}"
            if not aside and path not in marked:
                continue
            tree = view.python(path)
            for function in code.functions(tree):
                if not _is_tool(function) and not (aside and function in tree.body):
                    continue
                arguments = [*function.args.posonlyargs, *function.args.args]
                bare = [a.arg for a in arguments if a.annotation is None and a.arg not in OWN]
                if bare and not function.name.startswith("_"):
                    what = f"{function.name}: {', '.join(bare)} has no type"
                    yield self.at(path, function.lineno, what, function.name)


def _is_tool(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Is it marked as one, as the libraries for agents do?"""
    marks = (d.func if isinstance(d, ast.Call) else d for d in function.decorator_list)
    return any(code.dotted(mark).rpartition(".")[2] in TOOLS for mark in marks)


class PromptsAside(Rule):
    """Prompts are in files of their own, not between lines of code"""

    id = "AK-AGT006"
    severity = "low"
    confidence = "heuristic"
    why = "who may change the prompt need not read Python, and a review sees only the prompt"
    fix = "move it to config/agents.yaml, or to a file under prompts/"
    url = "https://github.com/humanlayer/12-factor-agents"

    def check(self, view: View) -> Iterable[Finding]:
        for path in (p for p in view.saying("prompt", "instruction") if not ASIDE.search(p)):
            for node in code.nodes(view.python(path), ast.Assign):
                if not isinstance(node.value, ast.Constant):
                    continue
                names = [code.dotted(target).lower() for target in node.targets]
                prompt = any("prompt" in name or "instruction" in name for name in names)
                told = node.value.value
                if prompt and isinstance(told, str) and len(told) > LONG_PROMPT:
                    yield self.at(path, node.lineno, f"{names[0]} is a prompt", names[0])


class Timeouts(Rule):
    """Every call to another service has a time limit"""

    id = "AK-AGT008"
    severity = "medium"
    confidence = "heuristic"
    why = "one service that hangs takes all runs with it"
    fix = "timeout=10"
    url = LLM10

    def check(self, view: View) -> Iterable[Finding]:
        for path in view.saying(*CLIENTS, "*.AsyncClient", "*.Client"):
            for call in code.calls(view.python(path), *CLIENTS):
                name = code.dotted(call.func)
                if name.startswith("requests.") and code.keyword(call, "timeout") is None:
                    yield self.at(path, call.lineno, f"{name} waits for ever")
            for call in code.calls(view.python(path), "*.AsyncClient", "*.Client", *CLIENTS):
                limit = code.keyword(call, "timeout")
                if isinstance(limit, ast.Constant) and limit.value is None:
                    yield self.at(path, call.lineno, "waits for ever: timeout=None")
