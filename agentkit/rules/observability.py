"""OBS: what an operator sees, and what probes cost."""

import ast
import re
from collections.abc import Iterable

from agentkit.rules import Finding, Rule, code
from agentkit.rules.view import View

MODEL = re.compile(
    r"\b(chat\.completions|messages\.create|responses\.create|\.ainvoke|\.invoke|agent\.run|"
    r"generate_content|llm\.|(check|ping|probe|test)_(llm|model|openai|anthropic))"
)
REMOTE = re.compile(r"\b(requests|httpx|aiohttp|redis|psycopg|sqlalchemy|session|engine|db)\b\.")
TEXTS = re.compile(r"^(prompt|prompts|completion|messages|user_input|user_message|llm_response)$")
QUIET = ("log.info", "logger.info", "logging.info", "print", "log.warning", "logger.warning")


class CheapProbes(Rule):
    """Liveness asks nothing, and no probe asks a model"""

    id = "AK-OBS001"
    severity = "high"
    confidence = "heuristic"
    why = "each probe of each pod is a paid call, and a slow provider restarts everything"
    fix = "/live answers at once; /ready asks the store with a time limit"
    url = "https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/"

    def check(self, view: View) -> Iterable[Finding]:
        for path in code.routed(view):
            for function, _, route in code.routes(view.python(path)):
                body = "\n".join(map(ast.unparse, function.body))
                probe = re.fullmatch(r"/(\w+/)*(live|livez|ready|readyz|health|healthz)/?", route)
                if probe and MODEL.search(body):
                    yield self.at(path, function.lineno, f"{route} asks a model", route)
                elif probe and probe[2].startswith("live") and REMOTE.search(body):
                    yield self.at(path, function.lineno, f"{route} asks another service", route)


class QuietLogs(Rule):
    """What users and models say is not logged"""

    id = "AK-OBS002"
    severity = "high"
    confidence = "heuristic"
    why = "logs go where conversations may not, and stay"
    fix = "log lengths, ids and counts; the text only at DEBUG"
    url = "https://genai.owasp.org/llmrisk/llm022025-sensitive-information-disclosure/"

    def check(self, view: View) -> Iterable[Finding]:
        for path in view.saying(*QUIET):
            for call in code.calls(view.python(path), *QUIET):
                for name in code.names_in(call.args + [k.value for k in call.keywords]):
                    if TEXTS.search(name):
                        yield self.at(path, call.lineno, f"{name} is logged", name)


class LivingExporter(Rule):
    """Traces leave by OTLP"""

    id = "AK-OBS003"
    confidence = "structural"
    why = "the exporters of Jaeger were removed from OpenTelemetry: it fails after an upgrade"
    fix = "opentelemetry-exporter-otlp"
    url = "https://opentelemetry.io/blog/2022/jaeger-native-otlp/"

    def check(self, view: View) -> Iterable[Finding]:
        for path in view.saying("exporter", "jaeger_client"):
            for line, name in code.imports(view.python(path)):
                if re.match(r"opentelemetry\.exporter\.(jaeger|zipkin)|jaeger_client", name):
                    yield self.at(path, line, f"{name} is no longer maintained", name)


class GracefulStop(Rule):
    """SIGTERM lets runs finish"""

    id = "AK-OBS004"
    severity = "high"
    confidence = "heuristic"
    why = "sys.exit in a handler of signals drops every open request"
    fix = "leave the signal to the server, and drain in its lifespan"
    url = "https://12factor.net/disposability"

    def check(self, view: View) -> Iterable[Finding]:
        for path in view.saying("signal.signal"):
            tree = view.python(path)
            handlers = {
                code.dotted(call.args[1])
                for call in code.calls(tree, "signal.signal")
                if len(call.args) == 2
            }
            for function in code.functions(tree):
                if function.name in {name.rpartition(".")[2] for name in handlers if name}:
                    for call in code.calls(function, "sys.exit", "os._exit", "exit", "quit"):
                        yield self.at(
                            path, call.lineno, f"{function.name} ends the process", "exit"
                        )


class AwareTimes(Rule):
    """Times know their zone"""

    id = "AK-OBS005"
    severity = "low"
    why = "datetime.utcnow is deprecated, and is local time to whoever compares it"
    fix = "datetime.now(UTC)"
    url = "https://docs.python.org/3/library/datetime.html#datetime.datetime.utcnow"

    def check(self, view: View) -> Iterable[Finding]:
        for path in view.saying("utcnow", "utcfromtimestamp"):
            for call in code.calls(view.python(path), "*.utcnow", "*.utcfromtimestamp"):
                yield self.at(path, call.lineno, f"{code.dotted(call.func)} has no zone")
