"""`make bench`: how fast agentkit is, as ratios to its peers, measured in one run.

Each row interleaves its contenders and compares their fastest runs: on a busy machine the minimum
is what varies least.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.template import projects  # noqa: E402

BIN = Path(sys.executable).parent
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
            started = time.perf_counter()
            subprocess.run(command(place), cwd=place, env=env, **QUIET)
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
    """The working tree's template as a git repository, for copier."""
    repo = scratch / "template"
    repo.mkdir()
    shutil.copy(ROOT / "copier.yml", repo)
    shutil.copytree(ROOT / "template", repo / "template")
    identity = ("-c", "user.name=bench", "-c", "user.email=bench@localhost")
    for args in (["init"], ["add", "-A", "-f"], ["commit", "-m", "x"], ["tag", "v1.0.0"]):
        subprocess.run(["git", *identity, *args], cwd=repo, **QUIET)
    return repo


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


def main() -> int:
    """Measure every row; returns 1 when one misses its mark."""
    python, kit = sys.executable, str(BIN / "agentkit")
    data = [f"--data={question}=[{','.join(keys)}]" for question, keys in projects.FULL.items()]
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        repo, cutter = str(repository(scratch)), str(cookiecutter(scratch))
        copier = [str(BIN / "copier"), "copy", "--defaults", "--quiet", "-dproject_name=my-agent"]
        starts = fastest(
            {
                "typer": lambda _: [python, "-c", "import typer"],
                "help": lambda _: [kit, "--help"],
                "version": lambda _: [kit, "--version"],
            },
            scratch,
        )
        makes = fastest(
            {
                "agentkit": lambda _: [kit, "new", "my-agent", "--defaults", *data],
                "copier": lambda _: [*copier, *data, repo, "my-agent"],
                "cookiecutter": lambda _: [str(BIN / "cookiecutter"), "--no-input", cutter],
            },
            scratch,
        )
        count = len(projects.files(scratch / "rendered"))
    print(f"fastest of {ROUNDS} interleaved runs; the full project has {count} files")
    ok = [
        row("agentkit --help / import typer", starts["help"], starts["typer"], 1.5),
        row("agentkit --version / import typer", starts["version"], starts["typer"], 1.5),
        row("agentkit new / copier copy", makes["agentkit"], makes["copier"], 0.6),
        row("agentkit new / cookiecutter", makes["agentkit"], makes["cookiecutter"], 1.1),
    ]
    return 0 if all(ok) else 1


if __name__ == "__main__":
    sys.exit(main())
