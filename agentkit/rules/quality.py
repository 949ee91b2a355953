"""QA: tests that run, offline, and judges that look at every change."""

import re
from collections.abc import Iterable

from agentkit.rules import Finding, Rule, workflows
from agentkit.rules.view import View

TESTS = r"(.*/)?tests?/.*\.py|(.*/)?test_[\w]+\.py|(.*/)?[\w]+_test\.py"
RUNS_TESTS = re.compile(r"\b(pytest|tox|nox|make (test|check|ci)|unittest|hatch (run )?test)\b")
PIPELINES = (
    rf"{workflows.FILES}|\.gitlab-ci\.yml|Jenkinsfile|azure-pipelines\.yml|\.circleci/config\.yml"
)
UNPLUGGED = re.compile(
    r"pytest.socket|disable_socket|ALLOW_MODEL_REQUESTS|addaudithook|respx|vcrpy|pytest_recording|"
    r"TestModel|FakeListLLM|FakeChatModel|responses\.activate|MockTransport|fake_llm|FakeLLM"
)
SAFETY = ("S", "ALL")
ASYNC = ("ASYNC", "ALL")


class Tested(Rule):
    """There are tests, and the pipeline runs them"""

    id = "AK-QA001"
    confidence = "structural"
    why = "an update that breaks something is seen before it is merged"
    fix = "tests/, and a job that runs pytest for pull requests"
    url = "https://baseline.openssf.org/"

    def check(self, view: View) -> Iterable[Finding]:
        if not view.matching(TESTS):
            yield self.at("tests", 0, "there are no tests", "missing")
            return
        pipelines = view.matching(PIPELINES)
        if pipelines and not any(RUNS_TESTS.search(view.text(name)) for name in pipelines):
            yield self.at(pipelines[0], 1, "no pipeline runs the tests", "pipeline")


class Offline(Rule):
    """Tests cannot reach the network or a paid model"""

    id = "AK-QA002"
    confidence = "heuristic"
    why = "a test that asks a model costs money, and fails when the provider does"
    fix = "pytest-socket, or pydantic_ai.models.ALLOW_MODEL_REQUESTS = False, in conftest.py"
    url = "https://ai.pydantic.dev/testing/"

    def applies(self, view: View) -> bool:
        return bool(view.matching(TESTS))

    def check(self, view: View) -> Iterable[Finding]:
        files = [*view.matching(TESTS), "pyproject.toml", "pytest.ini"]
        if not any(UNPLUGGED.search(view.text(name)) for name in files):
            yield self.at(view.matching(TESTS)[0], 1, "nothing unplugs the tests", "network")


class Judged(Rule):
    """A linter with rules of safety looks at the code, and a type checker"""

    id = "AK-QA003"
    severity = "low"
    why = "utcnow, md5, shell=True and unawaited calls are found by a machine"
    fix = '[tool.ruff.lint] select = [..., "S", "ASYNC"], and mypy or pyright'
    url = "https://docs.astral.sh/ruff/rules/"

    def applies(self, view: View) -> bool:
        return view.has("pyproject.toml")

    def check(self, view: View) -> Iterable[Finding]:
        tools = view.table("pyproject.toml", "tool")
        places = [("ruff.toml",), (".ruff.toml",), ("pyproject.toml", "tool", "ruff")]
        lints = [view.table(*place, *lint) for place in places for lint in ((), ("lint",))]
        words = (lint.get(name) for lint in lints for name in ("select", "extend-select"))
        chosen = [word for found in words if isinstance(found, list) for word in found]
        for rules in (SAFETY, ASYNC):
            if not any(str(word).startswith(rules) for word in chosen):
                yield self.at("pyproject.toml", 1, f"ruff does not look for {rules[0]}", rules[0])
        typed = {"mypy", "pyright", "basedpyright", "ty", "pyrefly"} & set(tools)
        files = view.matching(r"mypy\.ini|\.mypy\.ini|pyrightconfig\.json|ty\.toml")
        if not typed and not files:
            yield self.at("pyproject.toml", 1, "no type checker is set up", "types")
