"""The names that follow from a project's name, and names to suggest instead of unusable ones."""

import keyword
import re
import unicodedata
from dataclasses import dataclass

MAX_LABEL = 63  # characters of a DNS-1123 label
ANSWERS_FILE = ".copier-answers.yml"
ORG_FILE = "agentkit-org.toml"
SETTINGS = "agentkit.toml"  # of a project
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)$")  # what Windows keeps for itself


@dataclass(frozen=True)
class Names:
    """Every name derived from one project name."""

    project: str
    python: str
    dns_label: str
    image: str
    systemd_unit: str
    env_prefix: str


def derive(project: str) -> Names:
    """The names of a project whose name the template's validator has accepted."""
    python = project.replace("-", "_")
    return Names(project, python, project, project, f"{project}.service", f"{python.upper()}_")


def suggest(text: str) -> str:
    """The nearest usable project name: DNS-1123, no Python keyword, no Windows device."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:MAX_LABEL].rstrip("-")
    if not name:
        return "my-agent"
    if not name[0].isalpha():
        return f"agent-{name}"[:MAX_LABEL].rstrip("-")
    if name == text or keyword.iskeyword(name) or RESERVED.match(name):
        return f"{name[: MAX_LABEL - 6]}-agent"
    return name
