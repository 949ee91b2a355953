"""Publishing a version of the template."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agentkit import source
from agentkit.errors import AgentkitError
from agentkit.release import main as release
from tests.unit.support import tree


def test_a_snapshot_holds_the_template_and_nothing_else(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    release(["snapshot", "0.1.0"])
    assert capsys.readouterr().out == "wrote v0.1.0.tar.xz\n"
    root = source.builtin("0.1.0").root
    wanted = tree(checkout)
    names = set(tree(root))
    assert names == {n for n in wanted if n.startswith(("copier.yml", "template/"))} - {
        "template/project/scratch.txt"
    }
    assert {n: wanted[n] for n in names} == tree(root)
    assert os.access(root / "template/project/run.sh", os.X_OK)
    entry = source.index()["0.1.0"]
    archive = (source.SNAPSHOTS / entry["file"]).read_bytes()
    assert entry["sha256"] == hashlib.sha256(archive).hexdigest()
    assert entry["notes"] == "- It works."


def test_the_same_files_make_the_same_bytes(checkout: Path) -> None:
    release(["snapshot", "0.1.0"])
    for path in checkout.rglob("*.jinja"):
        os.utime(path, (1, 1))
        path.chmod(0o600)
    release(["snapshot", "0.2.0"])
    one, two = source.index().values()
    assert one["sha256"] == two["sha256"]
    assert (source.SNAPSHOTS / "v0.1.0.tar.xz").read_bytes() == (
        source.SNAPSHOTS / "v0.2.0.tar.xz"
    ).read_bytes()


REFUSED = {
    "again": ("0.1.0", "is published, and never changes", 1),
    "no-section": ("0.9.0", "CHANGELOG.md has no section on 0.9.0", 1),
    "part-of-a-number": ("0.1", "is no version", 2),
    "empty-section": ("0.3.0", "CHANGELOG.md has no section on 0.3.0", 1),
    "empty-last-section": ("1.0.0", "CHANGELOG.md has no section on 1.0.0", 1),
    "prefix": ("v0.2.0", "is no version", 2),
    "prerelease": ("0.2.0rc1", "is no version", 2),
    "path": ("../../0.2.0", "is no version", 2),
    "empty": ("", "is no version", 2),
    "line": ("0.2.0\n", "is no version", 2),
}


@pytest.mark.parametrize(("version", "word", "code"), REFUSED.values(), ids=REFUSED)
def test_a_version_that_cannot_be_published(
    checkout: Path, version: str, word: str, code: int
) -> None:
    release(["snapshot", "0.1.0"])
    before = tree(source.SNAPSHOTS)
    with pytest.raises(AgentkitError, match=word) as refused:
        release(["snapshot", version])
    assert refused.value.code == code
    assert tree(source.SNAPSHOTS) == before


@pytest.mark.parametrize("args", [[], ["snapshot"], ["nope"], ["pins", "x"]], ids=" ".join)
def test_how_to_call_it(args: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "agentkit.release", *args], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: usage: agentkit.release snapshot VERSION | pins\n"
