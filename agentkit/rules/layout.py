"""LAY: where things lie, and what git must not hold."""

import re
from collections.abc import Iterable, Mapping

from agentkit.checks import paths
from agentkit.rules import Finding, Rule, secrets
from agentkit.rules.view import View

TEMPLATES = r"(.*/)?\.env([\w.-]*)?\.(template|example|sample|dist)"
FOLDERS = {"kubernetes": "k8s"}  # where a target's folder is not named as the target
BASE = ("config", "src", "tests", "docs")


class Canonical(Rule):
    """The folders of what the project was made with are there"""

    id = "AK-LAY001"
    why = "people and tools find the same thing at the same place in each repository"
    fix = "agentkit diff shows what is gone, agentkit remove takes a part out in order"
    url = "https://packaging.python.org/en/latest/discussions/src-layout-vs-flat-layout/"

    def applies(self, view: View) -> bool:
        return view.answers.get("_src_path") == "agentkit"

    def check(self, view: View) -> Iterable[Finding]:
        targets = [str(name) for name in view.answers.get("targets") or ()]
        for folder in (*BASE, *(FOLDERS.get(name, name) for name in targets)):
            if not any(path.startswith(f"{folder}/") for path in view.files):
                yield self.at(f"{folder}/", 0, "this folder is gone", "missing")


class IgnoredSecrets(Rule):
    """Git ignores the files that hold secrets, and holds nothing that it ignores"""

    id = "AK-LAY002"
    severity = "high"
    why = "a file with keys that git does not ignore is committed one day"
    fix = "add .env, *.pem and *.key to .gitignore; git rm --cached what is ignored"
    url = "https://git-scm.com/docs/gitignore"
    examples = (".env", "server.pem", "server.key")

    def applies(self, view: View) -> bool:
        return view.versioned

    def check(self, view: View) -> Iterable[Finding]:
        from pathspec import GitIgnoreSpec

        spec = GitIgnoreSpec.from_lines(view.text(".gitignore").splitlines())
        missing = [name for name in self.examples if not spec.match_file(name)]
        if missing:
            yield self.at(".gitignore", 1, f"does not ignore {', '.join(missing)}", "missing")
        for path in sorted(view.tracked):
            if spec.match_file(path):
                yield self.at(path, 0, "is in git, and is ignored", "tracked")

    def repair(self, view: View) -> Mapping[str, str | None]:
        lines = view.text(".gitignore").splitlines()
        missing = [p for p in (".env", "*.pem", "*.key") if p not in lines]
        return {".gitignore": "\n".join([*lines, *missing]) + "\n"}


class SettingsTemplate(Rule):
    """A template lists the settings, without a secret in it"""

    id = "AK-LAY003"
    confidence = "structural"
    why = "a new colleague knows what to set, and gets nobody's key"
    fix = "KEY= without a value in .env.template"
    url = "https://12factor.net/config"

    def applies(self, view: View) -> bool:
        return bool(view.matching(TEMPLATES))

    def check(self, view: View) -> Iterable[Finding]:
        for path in view.matching(TEMPLATES):
            for number, line in view.lines(path):
                name, _, value = line.partition("=")
                real = value.strip() and not secrets.PLACEHOLDER.search(value.strip())
                if re.fullmatch(r"\w+", name) and secrets.NAME.search(name) and real:
                    yield self.at(path, number, f"{name} has a value", name)


class PortablePaths(Rule):
    """Every path can be checked out on Linux, macOS and Windows"""

    id = "AK-LAY004"
    why = "a clone fails, or silently loses a file, on a colleague's machine"
    fix = "rename the file"
    url = "https://learn.microsoft.com/windows/win32/fileio/naming-a-file"

    def check(self, view: View) -> Iterable[Finding]:
        for found in paths.findings(view.root, view.files):
            yield self.at(found.path, 0, found.message)
