"""TPL: the link to the template, and what is left of an update."""

import re
from collections.abc import Iterable, Mapping

from agentkit import rules, versions
from agentkit.address import REMOTE
from agentkit.names import ANSWERS_FILE, SETTINGS
from agentkit.rules import Finding, Rule, waivers, workflows
from agentkit.rules.view import View

MARKERS = re.compile(r"(<{7} .+|>{7} .+)")
COMMIT = "[0-9a-f]{40}"
GITLAB = ".gitlab-ci.yml"
RECORDS = (ANSWERS_FILE, waivers.FILE)
BUILTIN = "agentkit"  # as source.BUILTIN


class SoundAnswers(Rule):
    """The project records its template, at a released version"""

    id = "AK-TPL001"
    severity = "high"
    why = "without it no update can tell the template's lines from yours"
    fix = "agentkit adopt links the project anew"
    url = "https://copier.readthedocs.io/en/stable/updating/"

    def applies(self, view: View) -> bool:
        return view.has(ANSWERS_FILE)

    def check(self, view: View) -> Iterable[Finding]:
        source, version = view.answers.get("_src_path"), str(view.answers.get("_commit", ""))
        allowed: list[str] = view.option(self.id, "allowed", [])
        if not source:
            yield self.at(ANSWERS_FILE, 1, "names no template", "source")
        elif allowed and source not in allowed:
            yield self.at(
                ANSWERS_FILE, 1, f"{source} is no template of this organisation", "source"
            )
        developing = source == BUILTIN and version == "dev"
        if not developing and versions.parse(version) is None:
            yield self.at(
                ANSWERS_FILE, 1, f"{version or 'nothing'} is no released version", "version"
            )


class NoLeftovers(Rule):
    """No conflict is left in a file, and no .rej or .orig beside it"""

    id = "AK-TPL004"
    severity = "high"
    why = "bots commit markers that a person would have seen"
    fix = "decide the conflict, and delete the leftovers"
    url = "https://git-scm.com/docs/git-merge#_how_conflicts_are_presented"

    def check(self, view: View) -> Iterable[Finding]:
        for path in view.files:
            if path.endswith((".rej", ".orig")):
                yield self.at(path, 0, "is left of a merge")
            text = view.text(path)
            if "<<<<<<< " in text and ">>>>>>> " in text:
                for number, line in view.lines(path):
                    if MARKERS.fullmatch(line):
                        yield self.at(path, number, "a conflict is not decided", f"marker {line}")

    def repair(self, view: View) -> Mapping[str, str | None]:
        return dict.fromkeys(path for path in view.files if path.endswith((".rej", ".orig")))


class OrgAnswers(Rule):
    """The answers are what the organisation locks, allows and requires"""

    id = "AK-TPL005"
    severity = "high"
    why = "what an organisation decided once holds in each repository"
    fix = "agentkit set QUESTION VALUE; agentkit update puts locked answers back"
    url = "https://copier.readthedocs.io/en/stable/configuring/"

    def applies(self, view: View) -> bool:
        return view.has(ANSWERS_FILE)

    def check(self, view: View) -> Iterable[Finding]:
        told: list[tuple[str, str]] = view.option(self.id, "problems", [])
        for name, words in told:
            said = re.compile(rf"{name}(:| *=)").match  # the latter in [org.answers]
            places = [(f, n) for f in RECORDS for n, line in view.lines(f) if said(line)]
            file, line = next(iter(places), (ANSWERS_FILE, 1))
            yield self.at(file, line, f"{name} {words}", name)


class SameOrgFile(Rule):
    """The org file that the project follows is pinned, and not another one than the base follows"""

    id = "AK-TPL006"
    severity = "high"
    why = "whoever names another org file decides which rules hold for him"
    fix = "agentkit org follow URL pins it; let who keeps the standards agree to another one"
    url = "https://slsa.dev/spec/v1.1/threats"

    def applies(self, view: View) -> bool:
        return bool(self._base(view) or view.table(SETTINGS, "org"))

    def check(self, view: View) -> Iterable[Finding]:
        told, base = view.table(SETTINGS, "org"), self._base(view)
        line = next((n for n, text in view.lines(SETTINGS) if text.startswith("[org]")), 1)
        source = str(told.get("source", ""))
        if base and source != base:
            words = f"follows {source}" if source else "follows no org file"
            yield self.at(SETTINGS, line, f"{words}; the base follows {base}", "base")
        if source and not told.get("sha256"):
            yield self.at(SETTINGS, line, f"{source} is not pinned by its sha256", "sha256")
        if REMOTE.match(source) and not told.get("commit"):
            yield self.at(SETTINGS, line, f"{source} is not pinned by its commit", "commit")

    def _base(self, view: View) -> str:
        """What the base branch follows, where the command was told one."""
        return view.option(self.id, "base", "")


class SoundWaivers(Rule):
    """Every waiver is of a rule that exists, and has not ended"""

    id = "AK-TPL007"
    why = "a waiver that nobody looks at is a hole that nobody looks at"
    fix = "mend what it waives, or give it a new reason and date"
    url = "https://docs.github.com/code-security"

    def applies(self, view: View) -> bool:
        return "[[waiver]]" in view.text(waivers.FILE)

    def check(self, view: View) -> Iterable[Finding]:
        most = view.option(self.id, "max_days", waivers.MOST_DAYS)
        given = waivers.read(view)
        for waiver, words in waivers.problems(given, rules.load(), view.today, most):
            yield self.at(waivers.FILE, waiver.line, words)


class StandardWorkflow(Rule):
    """The workflow of the organisation is called, at a fixed commit"""

    id = "AK-TPL008"
    severity = "high"
    confidence = "structural"
    why = "a check that a pull request can drop is none"
    fix = "uses: the organisation's workflow @ its commit"
    url = "https://docs.github.com/actions/how-tos/reuse-automations/reuse-workflows"

    def applies(self, view: View) -> bool:
        return bool(view.option(self.id, "workflow", ""))

    def check(self, view: View) -> Iterable[Finding]:
        wanted = view.option(self.id, "workflow", "")
        refs = [uses.partition("@") for flow in workflows.all_of(view) for _, uses in flow.uses]
        called = any(name == wanted and re.fullmatch(COMMIT, ref) for name, _, ref in refs)
        gitlab = view.text(GITLAB) if view.has(GITLAB) else ""
        if not called and not re.search(rf" {_repository(wanted)} {COMMIT}$", gitlab, re.M):
            place = GITLAB if gitlab else ".github/workflows"
            yield self.at(place, 0, f"nothing calls {wanted} at a commit", "missing")


def _repository(workflow: str) -> str:
    """Where a job of GitLab gets the same from, as a pattern."""
    owner, name, *_ = f"{workflow}/".split("/")
    return re.escape(workflow if "://" in workflow else f"https://github.com/{owner}/{name}")


class FreshTemplate(Rule):
    """The project is not far behind its template"""

    id = "AK-TPL002"
    severity = "low"
    why = "what was mended in the template is open here"
    fix = "agentkit update"
    url = "https://docs.renovatebot.com/modules/manager/copier/"

    def applies(self, view: View) -> bool:
        return view.answers.get("_src_path") == BUILTIN and view.answers.get("_commit") != "dev"

    def check(self, view: View) -> Iterable[Finding]:
        from agentkit import releases

        most = view.option(self.id, "releases", 3)
        behind = releases.behind(str(view.answers["_commit"]), releases.of(BUILTIN, network=False))
        if behind is not None and behind > most:
            yield self.at(ANSWERS_FILE, 1, f"{behind} releases behind", "behind")
