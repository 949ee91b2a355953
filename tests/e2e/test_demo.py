"""`make demo`, the first command of the README."""

import re
import subprocess
import sys
from pathlib import Path

from tests.e2e.project import clean_environment
from tests.template.projects import ROOT


def test_the_demo_prints_a_question_and_its_answer(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"  # so that build/ of this one stays as it is
    for name in ("agentkit", "template", "tests", "copier.yml"):
        (checkout / name).parent.mkdir(exist_ok=True)
        (checkout / name).symlink_to(ROOT / name)
    (checkout / "tests").unlink()
    (checkout / "tests").mkdir()
    (checkout / "tests/demo.py").write_bytes((ROOT / "tests/demo.py").read_bytes())
    (checkout / "tests/e2e").symlink_to(ROOT / "tests/e2e")
    done = subprocess.run(
        [sys.executable, "tests/demo.py"],
        cwd=checkout, env=clean_environment(), capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"question: What is 6 \* 7\?\nanswer:   6 \* 7 = 42\.", done.stdout)
    assert (checkout / "build/my-agent/.git").is_dir()
