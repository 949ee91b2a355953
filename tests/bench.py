"""`make bench`: how fast agentkit is, as ratios to its peers, measured in one run.

Each row interleaves its contenders and compares their fastest runs: on a busy machine the minimum
is what varies least.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from agentkit import source  # noqa: E402
from tests import bench_check, bench_fleet, bench_service  # noqa: E402
from tests.template import projects  # noqa: E402

BIN = Path(sys.executable).parent
KIT = str(BIN / "agentkit")
COPIER = [str(BIN / "copier"), "copy", "--defaults", "--quiet", "-dproject_name=my-agent"]
FIRST = {  # everything that the first release had
    "providers": ["openai", "anthropic", "ollama"],
    "targets": ["docker"],
    "interfaces": ["http", "cli"],
}


def options(given: dict[str, Any]) -> list[str]:
    """Answers as options of the command line, of agentkit and of copier."""
    texts = {q: v if isinstance(v, str) else json.dumps(v) for q, v in given.items()}
    return [f"--data={question}={text}" for question, text in texts.items()]


DATA = options(projects.FULL)
ROUNDS = 12
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": True}
Command = Callable[[Path], list[str]]


def fastest(commands: dict[str, Command], scratch: Path) -> dict[str, float]:
    """The shortest wall time of each command in seconds, after one round of warming up."""
    best = dict.fromkeys(commands, float("inf"))
    env = os.environ | {"AGENTKIT_CACHE_DIR": str(scratch / "cache"), "HOME": str(scratch)}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    for round_ in range(ROUNDS + 1):
        for name, command in commands.items():
            place = Path(tempfile.mkdtemp(dir=scratch))
            words = command(place)
            started = time.perf_counter()
            subprocess.run(words, cwd=place, env=env, **QUIET)
            seconds = time.perf_counter() - started
            best[name] = min(best[name], seconds) if round_ else best[name]
            shutil.rmtree(place)
    return best


def row(what: str, ours: float, theirs: float, at_most: float) -> bool:
    """Print one ratio and say whether it is reached."""
    ratio = ours / theirs
    mark = "ok  " if ratio <= at_most else "MISS"
    print(f"{mark} {what:<48} {ratio:5.2f} x  (at most {at_most}; {ours * 1e3:.0f} ms)")
    return ratio <= at_most


def repository(scratch: Path) -> Path:
    """The first release and the working tree's template as a git repository, for copier."""
    repo = scratch / "template"
    with tarfile.open(source.SNAPSHOTS / "v0.1.0.tar.xz") as first:
        first.extractall(repo, filter="data")
    save(repo, "v0.1.0")
    shutil.rmtree(repo / "template")
    shutil.copy(ROOT / "copier.yml", repo)
    shutil.copytree(ROOT / "template", repo / "template")
    save(repo, "v9.0.0")
    return repo


def save(repo: Path, tag: str = "") -> None:
    """Commit everything."""
    identity = ("-c", "user.name=bench", "-c", "user.email=bench@localhost")
    commands = [["init"], ["add", "-A", "-f"], ["commit", "-m", "x"]]
    for args in [*commands, *([["tag", tag]] if tag else [])]:
        subprocess.run(["git", *identity, *args], cwd=repo, **QUIET)


def lived_in(scratch: Path, name: str, command: list[str]) -> Path:
    """A full project of the first release, in which somebody has worked."""
    project = scratch / name / "my-agent"
    project.parent.mkdir()
    subprocess.run(command, cwd=project.parent, **QUIET)
    for path, text in (
        ("pyproject.toml", "\n[tool.mine]\nx = 1\n"),
        ("src/agent/cli.py", "\n# mine\n"),
        ("src/agent/mine.py", "X = 1\n"),
    ):
        with open(project / path, "a") as file:
            file.write(text)
    save(project)
    return project


def cookiecutter(scratch: Path) -> Path:
    """A cookiecutter template of the same files; its Jinja renders each of them."""
    project = projects.make(scratch / "rendered", projects.FULL)
    template = scratch / "cookiecutter"
    for path in projects.files(project):
        target = template / "{{cookiecutter.name}}" / path.relative_to(project)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text()
        target.write_text(f"{{% raw %}}{text}{{% endraw %}}" if "{" in text else text)
    (template / "cookiecutter.json").write_text('{"name": "my-agent"}')
    return template


def starts(scratch: Path) -> list[bool]:
    """The command line alone."""
    best = fastest(
        {
            "typer": lambda _: [sys.executable, "-c", "import typer"],
            "help": lambda _: [KIT, "--help"],
            "version": lambda _: [KIT, "--version"],
        },
        scratch,
    )
    return [
        row("agentkit --help / import typer", best["help"], best["typer"], 1.5),
        row("agentkit --version / import typer", best["version"], best["typer"], 1.5),
    ]


def makes(scratch: Path, repo: Path) -> list[bool]:
    """A new project."""
    cutter = str(cookiecutter(scratch))
    best = fastest(
        {
            "agentkit": lambda _: [KIT, "new", "my-agent", "--defaults", *DATA],
            "copier": lambda _: [*COPIER, *DATA, str(repo), "my-agent"],
            "cookiecutter": lambda _: [str(BIN / "cookiecutter"), "--no-input", cutter],
        },
        scratch,
    )
    return [
        row("agentkit new / copier copy", best["agentkit"], best["copier"], 0.6),
        row("agentkit new / cookiecutter", best["agentkit"], best["cookiecutter"], 1.1),
    ]


def updates(scratch: Path, repo: Path) -> list[bool]:
    """The same project, from the first release to the working tree's template."""
    first = options(FIRST)
    new = [KIT, "new", "my-agent", "--defaults", "--ref", "0.1.0", *first]
    ours = lived_in(scratch, "ours", new)
    copy = [*COPIER, "--vcs-ref", "v0.1.0", *first, str(repo), "my-agent"]
    theirs = lived_in(scratch, "theirs", copy)

    def fresh(project: Path, *words: str) -> Command:
        return lambda place: [*words, shutil.copytree(project, place / "my-agent")]

    best = fastest(
        {
            "agentkit": fresh(ours, KIT, "update", "--defaults"),
            "foreign": fresh(theirs, KIT, "update", "--defaults"),
            "copier": fresh(theirs, str(BIN / "copier"), "update", "--defaults", "--quiet"),
        },
        scratch,
    )
    sequential, parallel = (bench_fleet.seconds(scratch, ours, n) for n in (1, 2))
    return [
        row("agentkit update / copier update", best["agentkit"], best["copier"], 0.35),
        row("the same, rendered by copier for us", best["foreign"], best["copier"], 0.6),
        row(f"{bench_fleet.FLEET} at once, 2 workers, each", parallel, best["copier"], 0.15),
        row("2 workers / 1", parallel, sequential, 0.6),
    ]


def main() -> int:
    """Measure every row; returns 1 when one misses its mark."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        os.environ["AGENTKIT_CACHE_DIR"] = str(scratch / "cache")
        repo = repository(scratch)
        print(f"fastest of {ROUNDS} interleaved runs")
        ok = [*starts(scratch), *makes(scratch, repo), *updates(scratch, repo)]
        ok += bench_check.check(scratch, KIT, fastest, row)
        ok += bench_service.service(scratch, row)
        print(f"the full project has {len(projects.files(scratch / 'rendered'))} files")
    return 0 if all(ok) else 1


if __name__ == "__main__":
    sys.exit(main())
