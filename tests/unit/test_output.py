"""What is printed, where, and what a terminal, a pipe and a program get of it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit import __version__
from tests.unit.support import Ran, spawn, tree
from tests.unit.terminal import Terminal

Run = Callable[..., Ran]
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;\d+)*m")


def test_the_words_after_a_run(agentkit: Run, work: Path) -> None:
    out = agentkit("new", "my-agent", "--defaults").out
    first, *_, cd, run, test = out.splitlines()
    assert re.fullmatch(r"Created my-agent \(\d+ files, [\d,]+ lines\)", first)
    assert int(first.split("(")[1].split()[0]) == len(tree(work / "my-agent"))
    assert cd == "  cd my-agent"
    assert "make run" in run
    assert "make test" in test


@pytest.mark.parametrize(
    ("interfaces", "commands"),
    [("http,cli", ["run", "test"]), ("cli", ["chat", "test"]), ("worker", ["test"])],
)
def test_they_name_commands_that_there_are(
    agentkit: Run, work: Path, interfaces: str, commands: list[str]
) -> None:
    chosen = ("-d", f"interfaces={interfaces}", "-d", "targets=")
    out = agentkit("new", "my-agent", "--defaults", *chosen).out
    assert re.findall(r"^  make (\w+) +# \w", out, re.M) == commands
    makefile = (work / "my-agent/Makefile").read_text()
    assert all(f"\n{command}: " in makefile for command in commands)


def test_the_parts_stand_in_columns(agentkit: Run, work: Path) -> None:
    lines = agentkit("list").out.splitlines()
    assert len({line.index(line.split()[4 if line[1] == " " else 3], 16) for line in lines}) == 1


def test_a_dry_run_prints_the_tree_and_writes_nothing(
    agentkit: Run, work: Path, tmp_path: Path
) -> None:
    ran = agentkit("new", "a/b/my-agent", "--defaults", "--dry-run")
    assert (ran.code, ran.err) == (0, "")
    assert not list(work.iterdir())
    assert not list((tmp_path / "tmp").iterdir())
    assert agentkit("new", "my-agent", "--defaults").code == 0
    files = tree(work / "my-agent")
    shown = re.findall(r"^[│├└─ ]+(\S+)$", ran.out, re.M)
    assert sorted(n for n in shown if not n.endswith("/")) == sorted(Path(f).name for f in files)
    assert ran.out.splitlines()[0] == "my-agent/"
    assert ran.out.splitlines()[-1].startswith(f"{len(files)} files, ")


def test_a_dry_run_needs_no_permission_and_no_git(work: Path, tmp_path: Path) -> None:
    work.chmod(0o555)
    (tmp_path / "bin").mkdir()
    environment = os.environ | {"PATH": str(tmp_path / "bin")}
    ran = spawn("new", "my-agent", "--defaults", "--dry-run", env=environment)
    work.chmod(0o755)
    assert ran.code == 0, ran.err


@pytest.mark.parametrize("dry", [True, False], ids=["dry-run", "for-good"])
def test_json_is_all_there_is_on_stdout(work: Path, dry: bool) -> None:
    args = ["--dry-run"] if dry else []
    ran = spawn("new", "my-agent", "-d", "providers=[]", "--format", "json", *args)
    assert (ran.code, ran.err) == (0, "")
    told = json.loads(ran.out)
    assert told["path"] == str(work / "my-agent")
    assert (told["dry_run"], told["committed"]) == (dry, not dry)
    assert told["template"] == {"source": "agentkit", "version": "dev"}
    assert told["answers"]["providers"] == []
    assert told["names"]["systemd_unit"] == "my-agent.service"
    assert told["notes"] == []
    assert {f["action"] for f in told["files"]} == {"add"}
    files = {f["path"]: f["lines"] for f in told["files"]}
    assert (work / "my-agent").exists() != dry
    if not dry:
        written = tree(work / "my-agent")
        assert files == {name: content.count(b"\n") for name, content in written.items()}


def test_json_of_a_failure_is_nothing_on_stdout(agentkit: Run) -> None:
    ran = agentkit("new", "class", "--format", "json")
    assert (ran.code, ran.out) == (2, "")
    assert "class-agent" in ran.err


@pytest.mark.parametrize(
    "args",
    [("new", "my-agent"), ("new", "my-agent", "--dry-run"), ("new", "class"), ("doctor",), ("-h",)],
    ids=" ".join,
)
def test_a_pipe_gets_no_escape_codes(args: tuple[str, ...]) -> None:
    ran = spawn(*args, env=os.environ | {"COLUMNS": "20"})
    assert "\x1b" not in ran.out + ran.err
    assert "\r" not in ran.out + ran.err


def test_a_pipe_that_closes_early(work: Path) -> None:
    script = f'"{sys.executable}" -m agentkit new my-agent --dry-run | true'
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True)
    assert "Traceback" not in done.stderr


def test_a_terminal_that_knows_only_ascii(work: Path) -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "LC_ALL": "POSIX"}
    ran = spawn("new", "my-agent", "--dry-run", env=environment)
    assert ran.code == 0, ran.err
    assert "Makefile" in ran.out


@pytest.mark.parametrize("no_color", ["", "1"], ids=["colour", "no-color"])
def test_colour_on_a_terminal(work: Path, no_color: str) -> None:
    more = {"NO_COLOR": no_color} if no_color else {}
    with Terminal("new", "my-agent", "--all", env=os.environ | more) as terminal:
        terminal.see("How the agent works")
        terminal.press("\r\r\r\r\r")
        terminal.see("Where runs")
        terminal.press("\x03")
        assert terminal.code() == 130
        assert bool(COLOUR.search(terminal.raw)) != bool(no_color)


def test_no_colour_in_the_preview(work: Path) -> None:
    with Terminal("new", "my-agent", "--defaults", env=os.environ | {"NO_COLOR": "1"}) as terminal:
        terminal.see("Next:")
        assert terminal.code() == 0
        assert "Makefile" in terminal.raw
        assert not COLOUR.search(terminal.raw)


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_the_version(agentkit: Run, option: str) -> None:
    assert agentkit(option) == Ran(0, f"agentkit {__version__}\n", "")


@pytest.mark.parametrize(
    ("args", "word"),
    [(("--help",), "Commands:"), (("-h",), "doctor"), (("new", "-h"), "--preset"),
     (("new", "--help"), "--answers-file"), (("doctor", "--help"), "--format")],
    ids=" ".join,
)  # fmt: skip
def test_help(agentkit: Run, args: tuple[str, ...], word: str) -> None:
    ran = agentkit(*args)
    assert (ran.code, ran.err) == (0, "")
    assert word in ran.out


def test_the_command_alone_shows_the_help(agentkit: Run) -> None:
    ran = agentkit()
    assert ran.code == 2
    assert "Commands:" in ran.out + ran.err


@pytest.mark.parametrize(
    "args", ["--nope", "new --nope", "nope", "new a b", "new --format xml", "new --data"]
)
def test_a_wrong_option(agentkit: Run, work: Path, args: str) -> None:
    ran = agentkit(*args.split())
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(("Usage:", "Error:"))
    assert not list(work.iterdir())


LOADED = "import sys; from agentkit import cli; sys.argv = ['agentkit', *sys.argv[1:]]\n"
LOADED += "try: cli.main()\nexcept SystemExit: pass\nprint(*sys.modules, file=sys.stderr)"


@pytest.mark.parametrize(
    ("args", "absent"),
    [
        ("--version", "copier rich jinja2 yaml questionary"),
        ("--help", "copier rich jinja2 yaml questionary"),
        ("new --help", "copier rich jinja2 yaml questionary"),
        ("doctor", "copier rich jinja2 yaml questionary"),
        ("new my-agent --defaults", "copier rich questionary packaging"),
        ("new my-agent --dry-run", "copier questionary"),
    ],
)  # fmt: skip
def test_what_is_not_needed_is_not_loaded(args: str, absent: str) -> None:
    command = [sys.executable, "-c", LOADED, *args.split()]
    done = subprocess.run(command, capture_output=True, text=True)
    assert not set(done.stderr.split()) & set(absent.split())
