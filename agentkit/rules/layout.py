"""LAY: where things lie, and what git must not hold."""

from collections.abc import Iterable

from agentkit.checks import paths
from agentkit.rules import Finding, Rule
from agentkit.rules.view import View

GIT_LAYOUT = "https://git-scm.com/docs/gitignore"


class IgnoredSecrets(Rule):
    """Git ignores the files that hold secrets and state"""

    id = "AK-LAY002"
    severity = "high"
    why = "a file with keys that git does not ignore is committed one day"
    fix = "add .env, *.pem, *.key and the folder of the database to .gitignore"
    url = GIT_LAYOUT
    examples = (".env", "server.pem", "server.key")

    def applies(self, view: View) -> bool:
        return view.versioned

    def check(self, view: View) -> Iterable[Finding]:
        from pathspec import GitIgnoreSpec

        spec = GitIgnoreSpec.from_lines(view.text(".gitignore").splitlines())
        missing = [name for name in self.examples if not spec.match_file(name)]
        if missing:
            yield self.at(".gitignore", 1, f"does not ignore {', '.join(missing)}", "missing")


class PortablePaths(Rule):
    """Every path can be checked out on Linux, macOS and Windows"""

    id = "AK-LAY004"
    why = "a clone fails, or silently loses a file, on a colleague's machine"
    fix = "rename the file"
    url = "https://learn.microsoft.com/windows/win32/fileio/naming-a-file"

    def check(self, view: View) -> Iterable[Finding]:
        for found in paths.findings(view.root, view.files):
            yield self.at(found.path, 0, found.message)
