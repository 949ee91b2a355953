"""DEP: the same packages everywhere, of known origin."""

import datetime as dt
import re
from collections.abc import Iterable

from agentkit.rules import Finding, Rule, dockerfile, workflows
from agentkit.rules.view import View

LOCKS = r"(uv|poetry|pdm)\.lock|Pipfile\.lock|pylock(\.\w+)?\.toml|requirements[\w.-]*\.txt"
# https://devguide.python.org/versions/
END_OF_LIFE = {
    (3, 9): dt.date(2025, 10, 31),
    (3, 10): dt.date(2026, 10, 31),
    (3, 11): dt.date(2027, 10, 31),
    (3, 12): dt.date(2028, 10, 31),
    (3, 13): dt.date(2029, 10, 31),
    (3, 14): dt.date(2030, 10, 31),
}
OLDEST = min(END_OF_LIFE)
FOREIGN = re.compile(r"(git|hg|svn)\+|\s@\s*(https?|file|ssh):|^\s*(https?|file)://")
MARKS = ("extra-index-url", "+", "@", "://")  # most lines have none, and need no more
PIPED = re.compile(r"\b(curl|wget)\b[^|;&]*\|\s*(sudo\s+)?(ba|z|da)?sh\b")
ECOSYSTEMS = {"pyproject.toml": ("pip", "uv"), ".github/workflows": ("github-actions",)}


def requirements(view: View) -> list[tuple[str, int, str]]:
    """Path, line and text of every requirement that the project declares."""
    told = view.table("pyproject.toml", "project").get("dependencies", [])
    wanted = told if isinstance(told, list) else []
    found = []
    for number, line in view.lines("pyproject.toml"):
        found += [("pyproject.toml", number, w) for w in wanted if f'"{w}"' in line]
    return found


class Locked(Rule):
    """What is installed is locked, with hashes"""

    id = "AK-DEP001"
    severity = "high"
    confidence = "structural"
    why = "a version that was published this morning runs in production at noon"
    fix = "uv lock, or uv pip compile --generate-hashes -o requirements.txt pyproject.toml"
    url = "https://docs.astral.sh/uv/concepts/projects/sync/"

    def applies(self, view: View) -> bool:
        return bool(view.matching(r"pyproject\.toml|setup\.py|requirements.*\.txt"))

    def check(self, view: View) -> Iterable[Finding]:
        locks = view.matching(LOCKS)
        plain = [name for name in locks if name.endswith(".txt") and not _hashed(view, name)]
        if not set(locks) - set(plain):
            at = next(iter(plain), "pyproject.toml")
            yield self.at(at, 1, "nothing locks the packages with hashes", "lock")
        if view.has("setup.py") and "project" in view.toml("pyproject.toml"):
            yield self.at("setup.py", 1, "a second list of dependencies beside pyproject.toml")


def _hashed(view: View, name: str) -> bool:
    return "--hash=sha256:" in view.text(name) or not view.text(name).strip()


class InstalledFromLock(Rule):
    """Images and pipelines install what is locked"""

    id = "AK-DEP002"
    confidence = "structural"
    why = "a lock that is not used locks nothing"
    fix = "pip install --require-hashes -r requirements.txt, or uv sync --locked"
    url = "https://pip.pypa.io/en/stable/topics/secure-installs/"

    def check(self, view: View) -> Iterable[Finding]:
        scripts = [(f.path, i.line, i.value) for f in dockerfile.all_of(view)
                   for i in f.instructions if i.word == "RUN"]  # fmt: skip
        scripts += [(f.path, n, run) for f in workflows.all_of(view) for n, run in f.runs]
        for path, line, script in scripts:
            for command in re.split(r"&&|;|\n", script):
                if _loose(command):
                    yield self.at(path, line, f"installs without the lock: {command.strip()[:60]}")


def _loose(command: str) -> bool:
    if re.search(r"\b(pip3?|uv pip)\b.*\binstall\b", command):
        return not re.search(r"--require-hashes|--no-deps|--upgrade pip\s*$|\s-e\s+\.", command)
    if re.search(r"\buv sync\b", command):
        return not re.search(r"--locked|--frozen", command)
    return bool(re.search(r"\bpoetry (update|lock)\b", command))


class LivingPython(Rule):
    """The project names a Python that is still mended"""

    id = "AK-DEP003"
    why = "holes of a Python that nobody mends stay open"
    fix = 'requires-python = ">=3.11", and an image of that version or a newer one'
    url = "https://devguide.python.org/versions/"

    def applies(self, view: View) -> bool:
        return view.has("pyproject.toml")

    def check(self, view: View) -> Iterable[Finding]:
        told = str(view.table("pyproject.toml", "project").get("requires-python", ""))
        least = _version(told)
        if least is None:
            yield self.at("pyproject.toml", 1, "requires-python is not set", "missing")
        elif self._ended(least, view):
            yield self.at("pyproject.toml", 1, f"Python {least[0]}.{least[1]} is at its end", "end")
        for file in dockerfile.all_of(view):
            for stage in file.external:
                version = _version(stage.image) if "python" in stage.image else None
                if version and self._ended(version, view):
                    yield self.at(file.path, stage.line, f"{stage.image} is at its end")
                elif version and least and version < least:
                    yield self.at(file.path, stage.line, f"{stage.image} is older than {told}")

    def _ended(self, version: tuple[int, int], view: View) -> bool:
        return version < OLDEST or END_OF_LIFE.get(version, dt.date.max) < view.today


def _version(text: str) -> tuple[int, int] | None:
    found = re.search(r"(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else None


class Updated(Rule):
    """A bot brings updates of every ecosystem, but not on the day of their release"""

    id = "AK-DEP004"
    severity = "low"
    confidence = "structural"
    why = "what nobody updates stays open; what is hours old may be malicious"
    fix = "dependabot.yml or renovate.json, with a cooldown or minimumReleaseAge"
    url = "https://docs.github.com/code-security/reference/supply-chain-security/dependabot-options-reference"

    def applies(self, view: View) -> bool:
        return bool(view.matching(workflows.FILES))

    def check(self, view: View) -> Iterable[Finding]:
        if view.matching(r"(\.github/)?renovate\.json5?|\.renovaterc(\.json)?"):
            return
        name = next(iter(view.matching(r"\.github/dependabot\.ya?ml")), "")
        if not name:
            yield self.at(".github/dependabot.yml", 0, "nobody brings updates", "missing")
            return
        text = view.text(name)
        for needs, names in ECOSYSTEMS.items():
            here = any(path.startswith(needs) for path in view.files)
            if here and not re.search(rf"package-ecosystem:\s*[\"']?({'|'.join(names)})\b", text):
                yield self.at(name, 1, f"nobody updates {names[0]}", names[0])
        if "cooldown" not in text:
            yield self.at(name, 1, "updates come on the day of their release", "cooldown")


class KnownOrigin(Rule):
    """Packages come from the index, not from addresses"""

    id = "AK-DEP005"
    severity = "high"
    why = "a second index can answer first for a name that you thought was yours"
    fix = "publish it to your index; name one index for each package that is elsewhere"
    url = "https://docs.astral.sh/uv/concepts/indexes/#pinning-a-package-to-an-index"

    def check(self, view: View) -> Iterable[Finding]:
        allowed: list[str] = view.option(self.id, "allowed", [])
        for path, number, text in requirements(view):
            if FOREIGN.search(text) and not any(a in text for a in allowed):
                yield self.at(path, number, f"not from the index: {text}", text)
        for path in view.matching(
            r"(.*/)?(requirements[\w.-]*\.txt|pip\.conf|pyproject\.toml|uv\.toml)"
        ):
            for number, line in view.lines(path):
                if not any(mark in line for mark in MARKS):
                    continue
                if re.match(r"\s*(--)?extra-index-url\b", line):
                    yield self.at(path, number, "a second index for every package", "index")
                elif path.endswith(".txt") and FOREIGN.search(line.split("#")[0]):
                    yield self.at(path, number, f"not from the index: {line.strip()[:60]}")


class NoPipedScript(Rule):
    """No script runs what it has just downloaded"""

    id = "AK-DEP006"
    severity = "high"
    confidence = "structural"
    why = "what a server sends today runs with your rights, and half a download runs too"
    fix = "install a version of a package, or compare the digest before it is run"
    url = "https://docs.github.com/actions/reference/security/secure-use"

    def check(self, view: View) -> Iterable[Finding]:
        for path in view.matching(r".*\.(sh|bash)|(.*/)?Makefile"):
            for number, line in view.lines(path):
                if PIPED.search(line.partition("#")[0]):
                    yield self.at(path, number, "pipes a download into a shell")
        for flow in workflows.all_of(view):
            for number, script in flow.runs:
                if PIPED.search(script):
                    yield self.at(flow.path, number, "pipes a download into a shell")
