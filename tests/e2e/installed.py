"""What `make install` makes, with bytecode that is compiled once for all projects of these tests.

Compiling takes ten times as long as the rest of an installation. `make install` itself is run by
test_generated_project.py, test_demo.py and test_every_pair.py.
"""

import fcntl
import hashlib
import os
import shutil
import sys
from pathlib import Path

from tests.e2e.project import run
from tests.template import projects

UV = str(Path(sys.executable).parent / "uv")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "agentkit-tests"
SITE = "lib/python{}.{}/site-packages".format(*sys.version_info)


def install(folder: Path) -> None:
    """Make `.venv` of a project, from its own pins."""
    whole = compiled() / SITE
    packages(folder)
    for found in whole.rglob("__pycache__"):
        beside = folder / ".venv" / SITE / found.parent.relative_to(whole)
        if beside.is_dir():
            shutil.copytree(found, beside / "__pycache__", copy_function=shutil.copyfile)
    run(
        folder, UV, "pip", "install", "--quiet", "--python", ".venv", "--no-deps", "--editable", "."
    )
    # By their content, so that what a test changes is seen even within the same second
    compiling = "-m", "compileall", "-q", "--invalidation-mode", "checked-hash", "src"
    run(folder, ".venv/bin/python", *compiling)
    (folder / ".venv/installed").touch()


def packages(folder: Path, *options: str) -> None:
    run(folder, UV, "venv", "--quiet", "--python", sys.executable, ".venv")
    pins = ("-r", "requirements.txt", "-r", "requirements-dev.txt")
    words = (UV, "pip", "install", "--quiet", "--python", ".venv")
    run(folder, *words, "--require-hashes", *options, *pins)


def compiled() -> Path:
    """The packages of every part, with their bytecode, kept for the next session."""
    pins = (projects.ROOT / "template/pins.yml").read_bytes()
    CACHE.mkdir(parents=True, exist_ok=True)
    folder = CACHE / hashlib.sha256(pins + sys.version.encode()).hexdigest()[:16]
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / ".venv").exists():
            making = folder.with_suffix(".making")
            shutil.rmtree(making, ignore_errors=True)
            shutil.rmtree(folder, ignore_errors=True)
            packages(projects.make(making, projects.FULL), "--compile-bytecode")
            making.rename(folder)
    return folder / ".venv"
