"""A Postgres server of a test's own, where Postgres is installed."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

USER = "postgres"  # Postgres refuses to run as root


@dataclass(frozen=True)
class Postgres:
    """A server that listens on a socket in its own folder, and nowhere else."""

    programs: Path
    folder: Path

    @property
    def url(self) -> str:
        return f"postgresql:///postgres?host={self.folder}&user={USER}"

    def start(self) -> None:
        options = f"-F -k {self.folder} -c listen_addresses=''"
        self.run("pg_ctl", "--wait", "--log", f"{self.folder}/log", "--options", options, "start")

    def stop(self) -> None:
        self.run("pg_ctl", "--wait", "--mode", "immediate", "stop")

    def run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), "--pgdata", str(self.folder / "data"), *arguments]
        user = USER if os.geteuid() == 0 else None
        subprocess.run(command, cwd=self.folder, user=user, check=True, stdout=subprocess.DEVNULL)


def installed() -> list[Path]:
    """The folders that hold a server and its tools; Debian keeps them off PATH."""
    known = filter(None, map(shutil.which, ("initdb", "postgres")))
    folders = [Path(p).resolve().parent for p in known]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return [folder for folder in folders if (folder / "initdb").exists()]


@contextmanager
def running() -> Iterator[Postgres]:
    """A new and empty server."""
    assert installed(), "Postgres is needed: apt install postgresql"
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        server = Postgres(installed()[0], Path(folder))
        if os.geteuid() == 0:
            shutil.chown(folder, USER)
        server.run("initdb", "--username", USER, "--auth", "trust", "--no-sync")
        server.start()
        try:
            yield server
        finally:
            server.stop()
