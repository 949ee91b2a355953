"""ACT: pipelines that do what they were looked at for, and no more."""

import re
from collections.abc import Iterable

from agentkit.rules import Finding, Rule, workflows
from agentkit.rules.objects import mapping
from agentkit.rules.view import Mapping, View

HARDENING = "https://docs.github.com/actions/reference/security/secure-use"
# Known commits of actions: those of the template's own pipeline.
PINS = {
    "actions/checkout": "3d3c42e5aac5ba805825da76410c181273ba90b1  # v7.0.1",
    "actions/setup-python": "5fda3b95a4ea91299a34e894583c3862153e4b97  # v7.0.0",
}
UNTRUSTED = re.compile(
    r"\$\{\{\s*(github\.(event\.(issue|pull_request|comment|review|discussion|head_commit|commits)"
    r"[\w.\[\]*]*\.(title|body|message|ref|label|name|email|default_branch)|head_ref)|inputs\.\w+)"
)


class _Workflows(Rule):
    url = HARDENING

    def applies(self, view: View) -> bool:
        return bool(workflows.all_of(view))


class PinnedActions(_Workflows):
    """Actions of others are pinned by their commit"""

    id = "AK-ACT001"
    severity = "high"
    why = "a tag can be moved, and what it then names runs with your secrets"
    fix = "uses: owner/action@<40 hex digits>  # v1.2.3"
    url = f"{HARDENING}#using-third-party-actions"

    def check(self, view: View) -> Iterable[Finding]:
        for flow in workflows.all_of(view):
            for line, uses in flow.uses:
                if uses.startswith(("./", "docker://")):
                    continue
                name, _, ref = uses.partition("@")
                if not re.fullmatch(r"[0-9a-f]{40}", ref):
                    yield self.at(flow.path, line, f"{name} is not pinned: {ref or 'no ref'}", name)

    def repair(self, view: View) -> dict[str, str | None]:
        made: dict[str, str | None] = {}
        for flow in workflows.all_of(view):
            lines = view.text(flow.path).splitlines()
            for number, uses in flow.uses:
                name, _, ref = uses.partition("@")
                if name in PINS and not re.fullmatch(r"[0-9a-f]{40}", ref):
                    lines[number - 1] = lines[number - 1].replace(uses, f"{name}@{PINS[name]}")
            made[flow.path] = "\n".join(lines) + "\n"
        return made


class LeastPermissions(_Workflows):
    """The token of a workflow may do no more than it must"""

    id = "AK-ACT002"
    severity = "high"
    why = "a step that is taken over can push, release and approve with the default token"
    fix = "permissions: {contents: read} at the top, and more only in the job that needs it"
    url = f"{HARDENING}#using-secrets"

    def check(self, view: View) -> Iterable[Finding]:
        for flow in workflows.all_of(view):
            given = flow.body.get("permissions")
            every = all("permissions" in job for _, job in flow.jobs)
            if given is None and not every:
                yield self.at(flow.path, 1, "says nothing about permissions", "none")
            elif given == "write-all" or (isinstance(given, Mapping) and "write" in given.values()):
                line = flow.body.lines["permissions"]
                yield self.at(flow.path, line, "every job may write", "write")

    def repair(self, view: View) -> dict[str, str | None]:
        made: dict[str, str | None] = {}
        for flow in workflows.all_of(view):
            lines = view.text(flow.path).splitlines()
            jobs = next((n for n, line in enumerate(lines) if line.startswith("jobs:")), None)
            if "permissions" not in flow.body and jobs is not None:
                lines[jobs:jobs] = ["permissions:", "  contents: read", ""]
                made[flow.path] = "\n".join(lines) + "\n"
        return made


class NoForeignCode(_Workflows):
    """Code of a pull request never runs where the secrets are"""

    id = "AK-ACT003"
    severity = "critical"
    why = "anybody who can open a pull request gets the secrets and a token that can write"
    fix = "use on: pull_request, or do not check out the head of the pull request"
    url = f"{HARDENING}#understanding-the-risk-of-script-injections"

    def check(self, view: View) -> Iterable[Finding]:
        for flow in workflows.all_of(view):
            if not flow.triggers & {"pull_request_target", "workflow_run"}:
                continue
            for step in flow.steps:
                ref = str(mapping(step, "with").get("ref", ""))
                if "checkout" in str(step.get("uses", "")) and re.search(r"head|merge", ref):
                    yield self.at(flow.path, step.line, "checks out what a stranger wrote")


class NoInjection(_Workflows):
    """Texts of strangers are not pasted into scripts"""

    id = "AK-ACT004"
    severity = "critical"
    confidence = "structural"
    why = "the title of an issue becomes a command"
    fix = 'env: {TITLE: ${{ github.event.issue.title }}}, and "$TITLE" in the script'
    url = f"{HARDENING}#good-practices-for-mitigating-script-injection-attacks"

    def check(self, view: View) -> Iterable[Finding]:
        for flow in workflows.all_of(view):
            for line, script in flow.runs:
                if found := UNTRUSTED.search(script):
                    yield self.at(flow.path, line, f"runs {found[1]}", found[1])


class NoLeftCredentials(_Workflows):
    """Jobs leave no token behind, and hand on no secrets wholesale"""

    id = "AK-ACT005"
    why = "a later step, or an artifact of the folder .git, has the token"
    fix = "persist-credentials: false for checkout; name each secret that a workflow gets"
    url = "https://docs.zizmor.sh/audits/#artipacked"

    def check(self, view: View) -> Iterable[Finding]:
        for flow in workflows.all_of(view):
            for step in flow.steps:
                checkout = str(step.get("uses", "")).startswith("actions/checkout@")
                if checkout and mapping(step, "with").get("persist-credentials") is not False:
                    yield self.at(flow.path, step.line, "checkout leaves its token in .git")
            for name, job in flow.jobs:
                if job.get("secrets") == "inherit":
                    yield self.at(flow.path, job.lines["secrets"], f"{name} hands on every secret")


class Timeouts(_Workflows):
    """Jobs end, and a new push ends the old run"""

    id = "AK-ACT006"
    severity = "low"
    why = "a job that hangs costs six hours of a runner, in each repository of a fleet"
    fix = "timeout-minutes in each job; concurrency with cancel-in-progress for pull requests"
    url = "https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax"

    def check(self, view: View) -> Iterable[Finding]:
        for flow in workflows.all_of(view):
            for name, job in flow.jobs:
                if "timeout-minutes" not in job and "uses" not in job:
                    yield self.at(flow.path, job.line, f"{name} has no timeout-minutes", name)
            grouped = "concurrency" in flow.body or all("concurrency" in j for _, j in flow.jobs)
            if "pull_request" in flow.triggers and not grouped:
                yield self.at(flow.path, 1, "old runs of a pull request go on", "concurrency")
