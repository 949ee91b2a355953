"""The parts of a project, by the catalog of the template's version that made it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import replace as with_
from typing import Any

from agentkit import answers, source
from agentkit.answers import Form
from agentkit.errors import USAGE, AgentkitError, did_you_mean
from agentkit.project import Project

NONE = "none"  # the answer of a kind that may be left out


@dataclass(frozen=True)
class Part:
    """One entry of the catalog."""

    kind: str
    name: str
    title: str
    help: str
    needs: tuple[str, ...]  # kind.part
    stage: str
    chosen: bool


@dataclass(frozen=True)
class Catalog:
    """Every part that a project can have, and the answers that say which it has."""

    parts: tuple[Part, ...]
    answers: Mapping[str, Any]
    form: Form

    @property
    def questions(self) -> list[str]:
        """The questions whose answers a project records."""
        return answers.recorded(self.form)

    @property
    def kinds(self) -> list[str]:
        """The kinds, in the catalog's order."""
        return list(dict.fromkeys(part.kind for part in self.parts))

    def part(self, kind: str, name: str) -> Part:
        """One part; raises AgentkitError naming those that there are."""
        if kind not in self.kinds:
            fix = f"{did_you_mean(kind, self.kinds)}there are: {', '.join(self.kinds)}"
            raise AgentkitError(f'there is no kind of part "{kind}"', fix=fix, code=USAGE)
        names = {part.name: part for part in self.parts if part.kind == kind}
        if name not in names:
            fix = f"{did_you_mean(name, names)}there are: {', '.join(names)}"
            raise AgentkitError(f'there is no {kind} "{name}"', fix=fix, code=USAGE)
        return names[name]

    def question(self, kind: str) -> str:
        """The question whose answer says which parts of a kind there are."""
        return f"{kind}s" if f"{kind}s" in self.questions else kind

    def many(self, kind: str) -> bool:
        """Can there be several of a kind?"""
        return isinstance(self.answers.get(self.question(kind)), list)

    def optional(self, kind: str) -> bool:
        """Can a project have none of a kind?"""
        offered = answers.allowed(self.form, self.question(kind), self.answers)
        return self.many(kind) or NONE in offered

    def having(self, *parts: Part) -> dict[str, Any]:
        """The answers that have these parts too."""
        told: dict[str, Any] = {}
        for part in parts:
            question = self.question(part.kind)
            had = list(told.get(question) or self.answers.get(question) or ())
            told[question] = [*had, part.name] if self.many(part.kind) else part.name
        return told

    def needed(self, part: Part) -> Iterator[Part]:
        """What a part needs, and that needs in turn, as far as it is not there."""
        for need in part.needs:
            kind, _, name = need.partition(".")
            other = self.part(kind, name)
            if not other.chosen:
                yield from self.needed(other)
                yield other


def catalog(project: Project) -> Catalog:
    """The catalog of a project; raises AgentkitError where its template has none."""
    if project.source != source.BUILTIN:
        fix = "agentkit set QUESTION VALUE changes an answer of any template"
        raise AgentkitError("this template has no parts to choose from", project.source, fix)
    form = answers.load(source.builtin(project.version).root)
    return _catalog(form, {k: v for k, v in project.answers.items() if k in answers.recorded(form)})


def offered() -> Catalog:
    """What a new project can have."""
    found = _catalog(answers.load(source.builtin().root), {"project_name": "my-agent"})
    return with_(found, parts=tuple(with_(part, chosen=False) for part in found.parts))


def _catalog(form: Form, known: Mapping[str, Any]) -> Catalog:
    filled = answers.fill(form, known)
    parts = tuple(
        Part(
            *(kind, name, entry["title"], entry["help"]),
            *(tuple(entry.get("needs", ())), entry.get("stage", "stable")),
            chosen=bool(filled["use"][kind][name]),
        )
        for kind, entries in filled["catalog"].items()
        for name, entry in entries.items()
    )
    return Catalog(parts, filled, form)


def add(found: Catalog, kind: str, name: str) -> tuple[dict[str, Any], tuple[Part, ...]]:
    """The answers that add a part, and what else it needs; raises AgentkitError."""
    part = found.part(kind, name)
    if part.chosen:
        raise AgentkitError(f"this project has {kind} {name} already")
    had = found.answers.get(found.question(kind))
    if not found.many(kind) and had not in (NONE, ""):
        fix = f"agentkit set {kind} {name} takes its place"
        raise AgentkitError(
            f"a project has one {kind}, and this one has {had}", fix=fix, code=USAGE
        )
    more = tuple(dict.fromkeys(found.needed(part)))
    return found.having(*more, part), more


def remove(found: Catalog, kind: str, name: str) -> dict[str, Any]:
    """The answers that have a part no more; raises AgentkitError while another one needs it."""
    part = found.part(kind, name)
    if not part.chosen:
        raise AgentkitError(f"this project has no {kind} {name}")
    users = [f"{p.kind} {p.name}" for p in found.parts if p.chosen and f"{kind}.{name}" in p.needs]
    if users:
        fix = "; ".join(f"agentkit remove {user}" for user in users)
        raise AgentkitError(f"{kind} {name} is needed by {' and '.join(users)}", fix=fix)
    question = found.question(kind)
    if found.many(kind):
        return {question: [had for had in found.answers[question] if had != name]}
    if not found.optional(kind):
        others = [p.name for p in found.parts if p.kind == kind and p.name != name]
        fix = f"agentkit set {kind} NAME takes another one: {', '.join(others)}"
        raise AgentkitError(f"a project has one {kind} at all times", fix=fix, code=USAGE)
    return {question: NONE}


def replace(found: Catalog, name: str, value: str) -> tuple[dict[str, Any], tuple[Part, ...]]:
    """The answers with another one for a question or a kind, and what else that needs."""
    question = found.question(name)
    if question not in found.questions:
        fix = f"{did_you_mean(name, found.questions)}known: {', '.join(found.questions)}"
        raise AgentkitError(f'there is no question "{name}"', fix=fix, code=USAGE)
    chosen = [p for p in found.parts if found.question(p.kind) == question and p.name == value]
    more = tuple(dict.fromkeys(need for part in chosen for need in found.needed(part)))
    return found.having(*more) | {question: value}, more
