#!/usr/bin/env python3
"""Check the manifests of an agent project with its own `agent validate`. Standard library only."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PLACES = (Path(".venv/bin/agent"), Path(".venv/Scripts/agent.exe"))


def main() -> int:
    """Run it; 1 if it finds something or is not installed."""
    agent = next((str(place) for place in PLACES if place.is_file()), shutil.which("agent"))
    if agent is None:
        print("agent is not installed here: make install, or pip install -e .")
        return 1
    # What git exports to hooks would point the project's own tools at this repository's index.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.run([agent, "validate"], env=clean).returncode


if __name__ == "__main__":
    sys.exit(main())
