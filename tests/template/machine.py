"""A machine with a project, and stand-ins that record and remember for what deploys it."""

import os
import subprocess
from pathlib import Path

from tests.template import projects

AGENT = """#!/bin/sh
case "$BROKEN" in *config*) echo "config/agents.yaml:1: wrong" >&2; exit 1 ;; esac
"""
DOCKER = """#!/bin/sh
# Images are files with what they are; a container that runs `bad` is never healthy.
cd "$STATE"
echo "docker $*" >> log
case "$*" in
    version) case "$BROKEN" in *daemon*) exit 1 ;; esac ;;
    "image ls"*) cat "${5#my-agent:}" 2>/dev/null || true ;;
    tag*) cp "${2#my-agent:}" "${3#my-agent:}" ;;
    pull*) echo "$2" > "$2" ;;
    build*) [ -n "$VERSION" ] && echo "$VERSION" > next ;;
    *" up "*) cp latest running; [ "$(cat running)" != bad ] ;;
    *" exec "*) [ "$(cat running)" != bad ] ;;
esac
"""
SSH = """#!/bin/sh
echo "ssh $3" >> "$STATE/log"
exec sh -c "$4"
"""
SUDO = '#!/bin/sh\nshift\nexec "$@"\n'
RECORD = '#!/bin/sh\necho "${0##*/} $*" >> "$STATE/log"\n'


class Machine:
    """A project, and the commands that it finds."""

    def __init__(self, folder: Path, **commands: str):
        self.bin, self.state = folder / "bin", folder / "state"
        self.bin.mkdir()
        self.state.mkdir()
        self.project = projects.make(folder / "my-agent", {"targets": ["docker", "systemd"]})
        for name, text in commands.items():
            self.command(self.bin / name, text)
        self.command(self.project / ".venv/bin/agent", AGENT)
        for args in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "1"]):
            self.git(self.project, *args)

    def command(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def git(self, folder: Path, *args: str) -> str:
        who = ["-c", "user.name=t", "-c", "user.email=t@localhost"]
        command = ["git", *who, *args]
        return subprocess.run(
            command, cwd=folder, check=True, capture_output=True, text=True
        ).stdout.strip()

    def run(self, script: str, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
        told = {"STATE": str(self.state), "DEPLOY_TIMEOUT": "3", **env}
        told["PATH"] = f"{self.bin}{os.pathsep}{os.environ['PATH']}"
        command = ["bash", f"scripts/{script}.sh", *args]
        return subprocess.run(
            command, cwd=self.project, env=os.environ | told, capture_output=True, text=True
        )

    def has(self, name: str) -> str:
        path = self.state / name
        return path.read_text().strip() if path.exists() else ""
