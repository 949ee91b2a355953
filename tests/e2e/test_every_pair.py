"""Every pair of parts, installed, with its own checks and tests. Minutes: `make test-long`."""

import subprocess
from pathlib import Path

import pytest

from tests.e2e.project import clean_environment
from tests.template import projects

PAIRS = projects.pairs()


@pytest.mark.long
@pytest.mark.parametrize("number", range(len(PAIRS)))
def test_a_combination_passes_its_own_tests(number: int, tmp_path: Path) -> None:
    folder = projects.make(tmp_path / "my-agent", PAIRS[number])
    done = subprocess.run(
        ["make", "lint", "validate", "test"],
        cwd=folder, env=clean_environment(), capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, f"{PAIRS[number]}\n{done.stdout}{done.stderr}"
    assert " passed" in done.stdout
