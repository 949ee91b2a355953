"""API: who may call, how much they may send, and what they are told."""

import ast
import re
from collections.abc import Iterable, Iterator

from agentkit.rules import Finding, Rule, code
from agentkit.rules.view import View

PUBLIC = re.compile(
    r"^/?(live|ready|health|healthz|livez|readyz|metrics|ping|status|version)?/?(\.\w+)?$"
    r"|^/(\w+/)?public/|/(health|sign_?(in|up|out)|log(in|out)|register|callback)(/\w+)?$"
)
AUTH = re.compile(
    r"auth|user|caller|token|key|principal|identity|credential|admit|runner|approver", re.I
)
WEB = re.compile(r"HTTPException|JSONResponse|jsonify|fastapi|flask|starlette|aiohttp")
TELLING = ("HTTPException", "JSONResponse", "PlainTextResponse", "jsonify")


class Authenticated(Rule):
    """Every route but those of probes asks who is calling"""

    id = "AK-API001"
    severity = "high"
    confidence = "heuristic"
    why = "an open agent is an open wallet"
    fix = "a dependency that identifies the caller, in the route or in its router"
    url = "https://owasp.org/API-Security/editions/2023/en/0xa2-broken-authentication/"

    def check(self, view: View) -> Iterable[Finding]:
        for path in code.routed(view):
            if "dependencies=" in view.text(path) and "Depends" in view.text(path):
                continue  # of a router or the application
            tree = view.python(path)
            for function, method, route in code.routes(tree):
                asked = AUTH.search(ast.unparse(function.args))
                decorated = any(AUTH.search(ast.unparse(d)) for d in function.decorator_list)
                static = re.search(r"\.\w{2,4}$", route) or route == "/"
                if not asked and not decorated and not static and not PUBLIC.match(route):
                    yield self.at(path, function.lineno, f"{method} {route} asks nobody", route)


class BoundedInput(Rule):
    """Texts of callers have a greatest length"""

    id = "AK-API002"
    confidence = "heuristic"
    why = "a megabyte of text is a bill, and a way to stop the service"
    fix = "Field(max_length=...), or a limit for every body"
    url = "https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/"
    names = ("input", "message", "prompt", "query", "question", "text", "content")

    def check(self, view: View) -> Iterable[Finding]:
        if any(re.search(r"max_body|max_content|max_input|client_max_size|MAX_CONTENT_LENGTH",
                         view.text(p)) for p in view.sources):  # fmt: skip
            return
        for path in code.routed(view):
            if any(True for _ in code.routes(view.python(path))):
                for name, field in _fields(view.python(path)):
                    told = ast.unparse(field)
                    if name in self.names and "max_length" not in told and "constr" not in told:
                        yield self.at(path, field.lineno, f"{name} may be of any length", name)


def _fields(tree: ast.AST) -> Iterator[tuple[str, ast.AnnAssign]]:
    for node in code.nodes(tree, ast.ClassDef):
        if any("Model" in code.dotted(base) for base in node.bases):
            for field in node.body:
                if isinstance(field, ast.AnnAssign) and "str" in ast.unparse(field.annotation):
                    yield code.dotted(field.target), field


class CalmErrors(Rule):
    """Callers are not told the text of an exception"""

    id = "AK-API003"
    severity = "high"
    confidence = "heuristic"
    why = "it tells paths, queries, keys and prompts to whoever provokes it"
    fix = "log it with the id of the request, and answer with that id"
    url = "https://owasp.org/www-community/Improper_Error_Handling"

    def check(self, view: View) -> Iterable[Finding]:
        for path in (p for p in view.sources if WEB.search(view.text(p))):
            tree = view.python(path)
            answers = [h for f, _, _ in code.routes(tree) for h in code.nodes(f, ast.ExceptHandler)]
            for node in code.nodes(tree, ast.ExceptHandler):
                if node.name and _broad(node):
                    for told in _told(node, any(node is handler for handler in answers)):
                        if _mentions(told, node.name):
                            yield self.at(path, told.lineno, f"tells callers {node.name}")


def _broad(node: ast.ExceptHandler) -> bool:
    return code.dotted(node.type or ast.Name("")) in ("", "Exception", "BaseException")


def _told(handler: ast.ExceptHandler, answers: bool) -> Iterator[ast.expr]:
    """What a client may see of it; whatever a route returns is its answer."""
    for node in ast.walk(handler):
        if answers and isinstance(node, ast.Return) and isinstance(node.value, ast.Call):
            yield node.value
        elif isinstance(node, ast.Call) and code.dotted(node.func).rpartition(".")[2] in TELLING:
            yield node
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.Dict):
            yield node.value


def _mentions(node: ast.AST, name: str) -> bool:
    """Is the exception itself, or str() of it, in what is told? Its type is no secret."""
    if isinstance(node, ast.Call) and code.dotted(node.func) == "type":
        return False
    if isinstance(node, ast.Name):
        return node.id == name
    return any(_mentions(inner, name) for inner in ast.iter_child_nodes(node))
