"""How long many repositories take; bench.py shows it."""

import shutil
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

FLEET = 100


def seconds(scratch: Path, project: Path, workers: int) -> float:
    """Seconds for each of many repositories, updated onto a branch."""
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        repos = [shutil.copytree(project, Path(folder, str(n), "my-agent")) for n in range(FLEET)]
        started = time.perf_counter()
        with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
            done = sum(pool.map(branch, repos, chunksize=5))
        assert done == FLEET
        return (time.perf_counter() - started) / FLEET


def branch(repo: Path) -> bool:
    """Update one repository; says whether its branch was made."""
    from agentkit import update
    from agentkit.carry import Wish

    return bool(update.run(repo, Wish(), update.How(branch="update"), lambda _: True).commit)
