"""Runs the command again and again, each time stopped by a signal at another moment.

`python -m tests.unit.crash SIGNAL POINTS` runs `agentkit new my-agent`, each time in a new folder
of the working folder. A moment is an event that touches files or starts a program; POINTS of them
are taken, half at both ends and half between. Prints a line for each run: the number of the event,
which is the folder's name, and the exit status; 0 is a run that nothing stops.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from agentkit import apply, cli, native, new, staging  # noqa: F401 - loaded once, for all runs

TOUCHING = {
    *("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.listdir"),
    *("fcntl.flock", "subprocess.Popen", "tempfile.mkdtemp", "shutil.copyfile", "os.scandir"),
}


def main(name: str, points: int) -> None:
    """Run undisturbed, as number 0, and then once for each point."""
    run(-1, lambda event: None)  # fills the caches
    run(0, lambda event: None)
    events = int(Path("0.events").read_text())
    ends = {*range(1, points // 6 + 1), *range(events - points // 3, events + 1)}
    between = {events * n * 2 // points for n in range(1, points // 2)}
    for number in sorted(ends | between):
        run(number, killer(number, signal.Signals[name]))


def killer(number: int, how: signal.Signals) -> Callable[[int], None]:
    return lambda event: os.kill(os.getpid(), how) if event == number else None


def run(number: int, at: Callable[[int], None]) -> None:
    """In a child, call `at` with the number of each event."""
    folder = Path(str(number)).absolute()
    folder.mkdir()
    if child := os.fork():
        _, status = os.waitpid(child, 0)
        print(number, os.waitstatus_to_exitcode(status), flush=True)
        return
    os.chdir(folder)
    code, events = 0, 0

    def count(event: str, args: object) -> None:
        nonlocal events
        if event in TOUCHING:
            events += 1
            at(events)

    sys.argv = ["agentkit", "new", "my-agent", "--defaults"]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.addaudithook(count)
    try:
        cli.main()
    except SystemExit as e:
        code = int(e.code or 0)
    counted, at = events, lambda event: None
    folder.with_suffix(".events").write_text(str(counted))
    os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
