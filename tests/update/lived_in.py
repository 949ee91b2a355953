"""A project of a released template with its user's work, updated to the working tree's template."""

import shutil
import tempfile
from pathlib import Path

from tests.unit.support import commit, git, tree, write
from tests.update.released import Run, done, fresh, is_yours, made

EDITED = {  # in the template's files: what the user replaced, and by what
    "README.md": ("An LLM agent service.\n", "Answers what our customers ask.\n"),
    "config/policies.yaml": ("cost_usd: 1.0", "cost_usd: 2.5"),
    "src/agent/tools/__init__.py": (
        "def now() -> str:",
        'def shout(text: str) -> str:\n    """Make it loud."""\n    return text.upper()\n\n\n'
        "def now() -> str:",
    ),
    "pyproject.toml": ("line-length = 100", "line-length = 120"),
    ".gitignore": ("# Editors and systems\n", "# Ours\n/scratch/\n\n# Editors and systems\n"),
    "docs/SETUP.md": ("# A machine to develop on", "# Our machines"),
}
AGENT = {"config/agents.yaml": ("in one or two sentences", "in one sentence, politely")}
OWN = {
    "src/agent/mine.py": "ANSWER = 42\n",
    "tests/unit/test_mine.py": "from agent.mine import ANSWER\n\n\ndef test_it() -> None:\n"
    "    assert ANSWER == 42\n",
}
Edits = dict[str, tuple[str, str]]
KEPT: dict[tuple[str, ...], Path] = {}


def lived_in(agentkit: Run, version: str, edits: Edits) -> Path:
    """The project ./my-agent, updated and committed."""
    key = version, *edits
    if key not in KEPT:
        kept = Path(tempfile.gettempdir()).resolve().parents[1] / f"{version}-{len(edits)}"
        KEPT[key] = _updated(agentkit, version, edits).rename(kept)  # among no test's files
    return shutil.copytree(KEPT[key], Path("my-agent"), symlinks=True)


def _updated(agentkit: Run, version: str, edits: Edits) -> Path:
    project = made(agentkit, version)
    write(project, OWN)
    for path, (old, new) in edits.items():
        text = (project / path).read_text()
        assert old in text, path
        (project / path).write_text(text.replace(old, new))
    commit(project, "by the user")
    done(agentkit, "update", "my-agent", "--commit", "--defaults")
    return project


def equals_a_fresh_render(
    project: Path, scratch: Path, edits: Edits, old: dict[str, bytes]
) -> None:
    """It is what the template would write today, with the user's work; `old` is it before."""
    folder = fresh(scratch / git(project, "rev-parse", "HEAD"), project, "dev")
    now, wanted = tree(project), tree(folder)
    for path, (was, new) in edits.items():
        if not is_yours(path):
            wanted[path] = wanted[path].replace(was.encode(), new.encode())
    for path in filter(is_yours, wanted):
        wanted[path] = old.get(path, wanted[path])
    wanted |= {path: text.encode() for path, text in OWN.items()}
    assert sorted(now) == sorted(wanted)
    answers = ".copier-answers.yml"
    assert [p for p in now if now[p] != wanted[p] and p != answers] == []
    assert git(project, "status", "--porcelain", "--ignored") == ""
    shutil.rmtree(folder)
