"""Dockerfiles as instructions with lines and stages."""

import json
import re
from dataclasses import dataclass

from agentkit.rules.view import View

NAME = r"(.*/)?((Docker|Container)file(\.[\w.-]+)?|[\w.-]+\.[Dd]ockerfile)"
IGNORE = r".*\.dockerignore"


@dataclass(frozen=True)
class Instruction:
    """One instruction: `RUN pip install .` on some line of some stage."""

    line: int
    word: str
    value: str
    stage: int

    @property
    def exec_form(self) -> list[str] | None:
        """The words of a JSON array, as in CMD ["agent"]; None in shell form."""
        try:
            words = json.loads(self.value)
        except ValueError:
            return None
        return [str(word) for word in words] if isinstance(words, list) else None


@dataclass(frozen=True)
class Stage:
    """What FROM says: an image, or the name of an earlier stage."""

    line: int
    image: str
    name: str


@dataclass(frozen=True)
class Dockerfile:
    """One file."""

    path: str
    instructions: tuple[Instruction, ...]
    stages: tuple[Stage, ...]

    @property
    def external(self) -> list[Stage]:
        """The stages that start from an image of somebody else."""
        own = {stage.name for stage in self.stages if stage.name} | {"scratch"}
        return [stage for stage in self.stages if stage.image not in own]

    def final(self, word: str) -> list[Instruction]:
        """The instructions of the final image, with those it inherits from stages before it."""
        wanted = self._lineage()
        return [i for i in self.instructions if i.word == word and i.stage in wanted]

    def _lineage(self) -> set[int]:
        names = {stage.name: n for n, stage in enumerate(self.stages) if stage.name}
        at: int | None = len(self.stages) - 1
        found: set[int] = set()
        while at is not None and at not in found and at >= 0:
            found.add(at)
            at = names.get(self.stages[at].image)
        return found


def all_of(view: View) -> list[Dockerfile]:
    """Every Dockerfile of a repository."""
    names = [n for n in view.matching(NAME) if not re.fullmatch(IGNORE, n)]
    return view.once("dockerfiles", lambda: [parse(name, view.text(name)) for name in names])


def parse(path: str, text: str) -> Dockerfile:
    """A Dockerfile; what is none of its instructions is left out."""
    instructions: list[Instruction] = []
    stages: list[Stage] = []
    pending, start = "", 0
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        start = start if pending else number
        pending += line.removesuffix("\\").strip() + " "
        if line.endswith("\\"):
            continue
        word, _, value = pending.strip().partition(" ")
        pending = ""
        if word.upper() == "FROM":
            stages.append(_stage(start, value))
        instructions.append(Instruction(start, word.upper(), value.strip(), len(stages) - 1))
    return Dockerfile(path, tuple(instructions), tuple(stages))


def _stage(line: int, value: str) -> Stage:
    words = [word for word in value.split() if not word.startswith("--")]
    name = words[2] if len(words) == 3 and words[1].lower() == "as" else ""
    return Stage(line, words[0] if words else "", name)
