"""SEC, continued: secrets stay out of what is printed."""

import ast
import re
from collections.abc import Iterable, Iterator

from agentkit.rules import Finding, Rule, code
from agentkit.rules.secrets import NAME
from agentkit.rules.view import View

COUNTED = re.compile(r"(^|_)tokens$", re.I)  # of a model, which are no secrets
ECHOED = re.compile(  # but not where it goes into a pipe or a file
    r"""^\s*@?(?:(?:echo|printf)\b[^|>]*\$\$?\{?|.*\bprint\(.*(?:getenv|environ).*?['"])"""
    r"""(?P<name>\w*(?:API_KEY|TOKEN|SECRET|PASSWORD))\b(?!:\+)[^|>]*$"""
)


class NeverPrinted(Rule):
    """No secret is printed or logged, not even its start"""

    id = "AK-SEC007"
    severity = "high"
    confidence = "heuristic"
    why = "logs are read by more people than secrets may be, and kept for longer"
    fix = "log that it is set, never what it is"
    url = "https://genai.owasp.org/llmrisk/llm022025-sensitive-information-disclosure/"

    def check(self, view: View) -> Iterable[Finding]:
        for path in view.saying("print", *code.LOGGERS):
            for line, name in _printed(view.python(path)):
                if NAME.search(name) and not COUNTED.search(name):
                    yield self.at(path, line, f"{name} is printed", name)
        for path in view.matching(r".*\.(sh|bash)|(.*/)?Makefile"):
            for number, text in view.lines(path):
                if found := ECHOED.search(text):
                    yield self.at(path, number, f"{found['name']} is printed", found["name"])


def _printed(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The line and the name of every value that is printed or logged."""
    for call in code.calls(tree, "print", *code.LOGGERS):
        if code.keyword(call, "end") is None:  # else it streams what a model says, by tokens
            for name in code.names_in(call.args + [k.value for k in call.keywords]):
                yield call.lineno, name
