"""`make demo`: generate a project with the defaults, install it, start it, ask it one question."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).absolute().parents[1]
sys.path.insert(0, str(ROOT))

from tests.e2e.project import clean_environment, serve  # noqa: E402

FOLDER = ROOT / "build/my-agent"
QUESTION = "What is 6 * 7?"


def main() -> None:
    """Leave the project in build/my-agent, to look around in."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    print(f"$ agentkit new {FOLDER.relative_to(ROOT)} --defaults", flush=True)
    new = [sys.executable, "-m", "agentkit", "new", str(FOLDER), "--defaults"]
    subprocess.run(new, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    print("$ make install", flush=True)
    install = ["make", "--no-print-directory", "--silent", "install"]
    subprocess.run(install, cwd=FOLDER, check=True, env=clean_environment())
    print("$ make run &", flush=True)
    started = time.monotonic()
    with serve([".venv/bin/agent", "serve"], FOLDER) as server:
        print(f'$ curl {server.url}/v1/runs --json \'{{"input": "{QUESTION}"}}\'')
        answer = server.ask(QUESTION)
        seconds = time.monotonic() - started
        print(f"\nquestion: {QUESTION}\nanswer:   {answer['output']}")
        print(f"\n(answered {seconds:.1f} s after the start, offline, with no key)")
        server.stop()
    print(f"\nLook around, and go on:\n  cd {FOLDER.relative_to(ROOT)}\n  make run")


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"the demo stopped: {' '.join(error.cmd)} failed, see above")
