"""`agentkit explain`: where one file of a project came from, and what the user changed in it."""

import re
from dataclasses import dataclass
from pathlib import Path

from agentkit import drift, project, recorded, settings
from agentkit.drift import Entry
from agentkit.names import ANSWERS_FILE
from agentkit.objects import quarantine
from agentkit.overlay import Layer
from agentkit.project import Project
from agentkit.source import Template

MEANING = {
    "yours": "it was written once; no update changes it",
    "managed": "an update merges what the template changes with what you change",
    "shared": "several parts write into it; update, add, remove and set merge it with your changes",
}
RECORD = "it records the version and the answers; every update writes it"
OTHER = "the template did not write it; no update changes it"
EXPRESSION = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
PART = re.compile(r"^\{\{use\.(.+?)\}\}/")


@dataclass(frozen=True)
class Explained:
    """One file; without an entry the template did not write it."""

    project: Project
    path: str
    entry: Entry | None = None
    template_file: str = ""  # by its path in the template, if that can be told
    patch: bytes = b""
    layer: str = ""  # the overlay that it came from

    @property
    def meaning(self) -> str:
        """What the owner of the file means to it."""
        if self.entry is None:
            return OTHER
        return RECORD if self.path == self.project.answers_file else MEANING[self.entry.owner]


def look(file: Path, answers_file: str = ANSWERS_FILE, *, trust: bool = False) -> Explained:
    """Explain a file; raises AgentkitError when there is none, and the template wrote none."""
    found, path = project.of_file(file, answers_file)
    with (
        quarantine(found.top, found.git_dir) as objects,
        recorded.made(found, objects.scratch, trust=trust) as made,
    ):
        seen = drift.compare(objects, found, made)
        entry = seen.entry(path)
        if entry is None:
            drift.require(found, path)
            return Explained(found, path)
        seen = drift.of_its_time(objects, found, seen, [entry])
        entry = seen.entry(path) or entry
        patch = drift.patch(objects, found, seen, [entry])
        layer = made.laid.layer if (entry.was or entry.path) in made.laid.owned else None
        wrote = _overlay_file(layer, entry) if layer else _template_file(made.template, entry)
    return Explained(found, entry.path, entry, wrote, patch, layer.where if layer else "")


def _template_file(template: Template, entry: Entry) -> str:
    """The file of the template whose name says most of this one's path; empty when two do."""
    told = settings.load(template.root, template.source)
    suffix = told.get("_templates_suffix")
    suffix = ".jinja" if suffix is None else str(suffix)
    top = template.root / str(told.get("_subdirectory") or "")
    names = _files(top)
    if template.builtin:
        names = [path for path in names if "".join(PART.findall(path)) == entry.part]
    best = _best(names, suffix, entry)
    return (top / best).relative_to(template.root).as_posix() if best else ""


def _overlay_file(layer: Layer, entry: Entry) -> str:
    """The same of an overlay."""
    return _best(_files(layer.root), ".jinja", entry)


def _best(names: list[str], suffix: str, entry: Entry) -> str:
    found: dict[int, list[str]] = {}
    for path in names:
        name = path.removesuffix(suffix)
        if re.fullmatch(pattern(name), entry.was or entry.path):
            letters = len(EXPRESSION.sub("", name).replace("/", ""))
            found.setdefault(letters, []).append(path)
    best = found[max(found)] if found else []
    return best[0] if len(best) == 1 else ""


def _files(top: Path) -> list[str]:
    found = (path for path in top.rglob("*") if path.is_symlink() or not path.is_dir())
    return [path.relative_to(top).as_posix() for path in found]


def pattern(name: str) -> str:
    """Every path that a name in a template can become: an expression may stand for anything."""
    literal = map(re.escape, EXPRESSION.split(name))
    return ".*".join(literal).replace(".*/", "(?:.*/)?")
