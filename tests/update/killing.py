"""Runs of agentkit in children that are killed: at an event in Python, in a git, at a file."""

import json
import os
import shutil
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from types import SimpleNamespace

from agentkit import cli
from agentkit.errors import AgentkitError
from tests.unit.support import program
from tests.update.state import ask

TOUCHING = {
    *("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.link", "os.utime"),
    *("os.scandir", "fcntl.flock", "subprocess.Popen", "shutil.copyfile", "shutil.move"),
}
WRAPPER = """
n=$(($(cat "$CRASH/calls") + 1)); echo $n >"$CRASH/calls"
[ "$n" = "$CRASH_CALL" ] || exec {git} "$@"
case $CRASH_HOW in
  alone) kill -9 "$CRASH_RUN"; {git} "$@"; touch "$CRASH/over"; exit ;;
  INT | TERM | HUP)
    (sleep "$CRASH_DELAY"; kill -"$CRASH_HOW" "-$CRASH_RUN") <&- >&- 2>&- & exec {git} "$@" ;;
esac
exec 3<&0
{git} "$@" <&3 3<&- & git=$!
sleep "$CRASH_DELAY"
[ "$CRASH_HOW" = git ] || kill -9 "-$CRASH_RUN"
kill -9 $git 2>/dev/null; wait $git
"""
FILTER = """
n=$(($(cat "$CRASH/files") + 1)); echo $n >"$CRASH/files"
if [ "$n" = "$CRASH_FILE" ]; then
  if [ "$CRASH_HOW" = git ]; then kill -9 $PPID; else kill -9 "-$CRASH_RUN"; fi
fi
exec cat
"""


@dataclass(frozen=True)
class Kill:
    """A moment: the number of an event, of a call of git, or of a file that git writes."""

    at: str  # event, call or file
    number: int
    how: str = "both"  # killed are the run and its git; alone: git goes on; git: the run goes on
    delay: str = ""


NEVER = Kill("never", 0)
SIGNALS = ("INT", "TERM", "HUP")
moment = SimpleNamespace(events=0, armed=-1, counting=False, act=lambda: None)


def die() -> None:
    os.killpg(0, signal.SIGKILL)


def stop(how: str) -> Callable[[], None]:
    """What Ctrl-C, `kill` or a closed terminal do to Python."""
    number = signal.Signals[f"SIG{how}"]
    return lambda: os.kill(os.getpid(), number)


def audit(event: str, args: object) -> None:
    if moment.counting and event in TOUCHING:
        moment.events += 1
        if moment.events == moment.armed:
            moment.counting = False
            moment.act()


@dataclass(frozen=True)
class Place:
    """A project, its repository, and a folder elsewhere for copies and counters."""

    project: Path
    top: Path
    scratch: Path

    def prepare(self) -> None:
        (self.scratch / "bin").mkdir(parents=True)
        git = subprocess.check_output(["sh", "-c", "command -v git"], text=True).strip()
        program(self.scratch / "bin", "git", WRAPPER.format(git=git))
        smudge = program(self.scratch / "bin", "filter", FILTER)
        ask(self.top, "config", "filter.crash.smudge", str(smudge))
        sys.addaudithook(audit)

    def keep(self, name: str) -> None:
        """Keep a copy, and one of what the run has among the temporary files."""
        shutil.rmtree(self.scratch / name, ignore_errors=True)
        for what, folder in self._folders(name):
            shutil.copytree(folder, what, symlinks=True)

    def put_back(self, name: str) -> None:
        for what, folder in self._folders(name):
            shutil.rmtree(folder)
            shutil.copytree(what, folder, symlinks=True)

    def _folders(self, name: str) -> list[tuple[Path, Path]]:
        kept = self.scratch / name
        return [(kept / "top", self.top), (kept / "tmp", Path(gettempdir()))]

    def filter(self, on: bool) -> None:
        """Let git call our filter for each file that it writes, or no longer."""
        attributes = self.top / ".git/info/attributes"
        attributes.write_text("* filter=crash\n") if on else attributes.unlink(missing_ok=True)

    def counted(self) -> dict[str, int]:
        """How many events, calls and files the last whole run had."""
        found: dict[str, int] = json.loads((self.scratch / "numbers").read_text())
        return found

    def fork(self, kill: Kill, act: Callable[[], None] | None = None) -> int | None:
        """Begin a child: None in it; its exit code here, once it is over.

        At an event that `kill` names, it is killed, or `act` is called.
        """
        for counter in ("calls", "files"):
            (self.scratch / counter).write_text("0\n")
        (self.scratch / "over").unlink(missing_ok=True)
        if child := os.fork():
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            while code < 0 and kill.how == "alone" and not (self.scratch / "over").exists():
                os.sched_yield()
            return code
        os.setpgid(0, 0)
        own = {"CRASH": str(self.scratch), "CRASH_RUN": str(os.getpid()), "CRASH_HOW": kill.how}
        at = {f"CRASH_{kill.at.upper()}": str(kill.number), "CRASH_DELAY": kill.delay}
        os.environ |= own | at | {"PATH": f"{self.scratch}/bin:{os.environ['PATH']}"}
        os.dup2(os.open(self.scratch / "said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        moment.act = act or (stop(kill.how) if kill.how in SIGNALS else die)
        moment.events, moment.counting = 0, True
        moment.armed = kill.number if kill.at == "event" else -1
        return None

    def command(self, *words: str, kill: Kill = NEVER) -> tuple[int, str]:
        """Run agentkit in a child; returns its exit code, and what it said on stderr."""
        if (code := self.fork(kill)) is None:
            sys.argv = ["agentkit", "update", str(self.project), *words]
            end(cli.main)
        return code or 0, (self.scratch / "said").read_text()


def end(run: Callable[[], object]) -> None:
    """End as the command would, and leave the numbers that were counted."""
    code: object = 0
    try:
        run()
    except SystemExit as e:
        code = e.code or 0
    except AgentkitError as e:
        print(f"error: {e}", file=sys.stderr)
        code = e.code
    except KeyboardInterrupt:
        code = 130
    except BaseException:
        traceback.print_exc()
        code = 99
    moment.counting = False
    if scratch := os.environ.get("CRASH"):
        numbers = {n: int(Path(scratch, n).read_text() or 0) for n in ("calls", "files")}
        told = json.dumps({**numbers, "events": moment.events})
        Path(scratch, "numbers").write_text(told)
    os._exit(int(str(code)))
