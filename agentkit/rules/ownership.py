"""DOC: who owns it, and what to do at three in the morning."""

import re
from collections.abc import Iterable

from agentkit.rules import Finding, Rule
from agentkit.rules.view import View

OWNERS = ("CODEOWNERS", ".github/CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")


class Owned(Rule):
    """Every file has an owner"""

    id = "AK-DOC001"
    severity = "low"
    why = "a change that nobody must approve is approved by nobody"
    fix = "a line `* @org/team` in .github/CODEOWNERS"
    url = "https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners"

    def applies(self, view: View) -> bool:
        return any(map(view.has, OWNERS)) or view.option(self.id, "required", False)

    def check(self, view: View) -> Iterable[Finding]:
        name = next(filter(view.has, OWNERS), "")
        if not name:
            yield self.at(".github/CODEOWNERS", 0, "nobody owns this", "missing")
        elif not any(re.match(r"\*\s+\S*@\S+", line) for _, line in view.lines(name)):
            yield self.at(name, 1, "not every file has an owner: no line with *", "all")


class Explained(Rule):
    """The README says what it is, how to run it, and where to look when it breaks"""

    id = "AK-DOC002"
    severity = "low"
    confidence = "structural"
    why = "the person on call did not write it"
    fix = "headings or links for running, configuring, deploying and operating"
    url = "https://sre.google/sre-book/being-on-call/"
    topics = (
        ("how to run it", r"\brun|start|quick"),
        ("how to configure it", r"config|setting|environment"),
        ("how to deploy it", r"deploy|release|install"),
        ("what to do when it breaks", r"operat|runbook|troubleshoot|on.call|incident|breaks"),
    )

    def check(self, view: View) -> Iterable[Finding]:
        name = next(iter(view.matching(r"README(\.\w+)?")), "")
        if not name:
            yield self.at("README.md", 0, "there is no README", "missing")
            return
        text = view.text(name)
        for topic, words in self.topics:
            if not re.search(words, text, re.I):
                yield self.at(name, 1, f"does not say {topic}", topic)


class Licensed(Rule):
    """There is a licence"""

    id = "AK-DOC003"
    severity = "low"
    why = "without one nobody may use it, colleagues included"
    fix = "a file LICENSE"
    url = "https://choosealicense.com/no-permission/"

    def check(self, view: View) -> Iterable[Finding]:
        names = view.matching(r"(LICEN[CS]E|COPYING)(\.\w+)?")
        if not names:
            yield self.at("LICENSE", 0, "there is none", "missing")
        wanted = view.option(self.id, "spdx", "")
        told = view.table("pyproject.toml", "project").get("license")
        if wanted and told != wanted:
            yield self.at("pyproject.toml", 1, f"the licence is {told or 'not told'}, not {wanted}")


class Contact(Rule):
    """Who finds a hole knows whom to tell"""

    id = "AK-DOC004"
    severity = "low"
    why = "otherwise it is told to everybody"
    fix = "SECURITY.md with an address"
    url = "https://docs.github.com/code-security/how-tos/report-and-fix-vulnerabilities/configure-vulnerability-reporting/adding-a-security-policy-to-your-repository"

    def applies(self, view: View) -> bool:
        return view.option(self.id, "required", False)

    def check(self, view: View) -> Iterable[Finding]:
        if not view.matching(r"(\.github/|docs/)?SECURITY(\.\w+)?"):
            yield self.at("SECURITY.md", 0, "there is none", "missing")
