"""CFG: configuration that is checked before it is used."""

import re
from collections.abc import Iterable

from agentkit.rules import Finding, Rule, code
from agentkit.rules.view import Mapping, View

SCHEMA_LINE = re.compile(r"^#\s*yaml-language-server:\s*\$schema=\S+", re.M)


class TypedSettings(Rule):
    """Settings are typed, and of a library that still has them"""

    id = "AK-CFG001"
    confidence = "structural"
    why = "a misspelt variable is found at the start, not in the middle of the night"
    fix = "from pydantic_settings import BaseSettings"
    url = "https://docs.pydantic.dev/latest/migration/#basesettings-has-moved-to-pydantic-settings"

    def check(self, view: View) -> Iterable[Finding]:
        for path in view.saying("BaseSettings"):
            for line, name in code.imports(view.python(path)):
                if name == "pydantic.BaseSettings":
                    yield self.at(path, line, f"{name} is gone from pydantic 2", name)


class VersionedManifests(Rule):
    """Manifests say their version and their schema"""

    id = "AK-CFG002"
    severity = "low"
    why = "a reviewer sees that a change breaks callers; an editor sees a typing error"
    fix = 'version: "1.0.0", and # yaml-language-server: $schema=... on the first line'
    url = "https://semver.org"

    def applies(self, view: View) -> bool:
        return bool(view.matching(r"config/schemas/.*\.schema\.json"))

    def check(self, view: View) -> Iterable[Finding]:
        for path in view.matching(r"config/(?!kustomization\.)[\w-]+\.ya?ml"):
            document = next(iter(view.yaml(path)), None)
            version = str(document.get("version", "")) if isinstance(document, Mapping) else ""
            if not re.fullmatch(r"\d+\.\d+\.\d+", version):
                yield self.at(path, 1, "has no semantic version", "version")
            if not SCHEMA_LINE.search(view.text(path)):
                yield self.at(path, 1, "names no schema", "schema")


class Parses(Rule):
    """Every file is what its name says"""

    id = "AK-CFG003"
    severity = "high"
    why = "a file that does not parse is ignored by one tool and stops another"
    fix = "mend the line"
    url = "https://yaml.org/spec/1.2.2/"

    def check(self, view: View) -> Iterable[Finding]:
        charts = [name.removesuffix("Chart.yaml") for name in view.matching(r"(.*/)?Chart\.yaml")]
        for path in view.matching(r".*\.(ya?ml|toml)|(?!.*(tsconfig|jsconfig|\.vscode/)).*\.json"):
            helm = any(path.startswith(f"{chart}templates/") for chart in charts)
            if helm or re.search(r"\{%|\{\{", view.text(path)):
                continue
            kind = path.rpartition(".")[2]
            view.toml(path) if kind == "toml" else None
            view.json(path) if kind == "json" else None
            view.yaml(path) if kind in ("yaml", "yml") else None
            if path in view.broken:
                yield self.at(path, 1, view.broken[path], "parse")
