"""Taking a published version of the template."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit import source
from agentkit.errors import AgentkitError
from agentkit.release import main as release
from tests.unit.support import Ran, ordinary_user, spawn, tree, write

Run = Callable[..., Ran]
TAKE = """
import sys
from pathlib import Path
from agentkit import errors, source
source.CHECKOUT, source.SNAPSHOTS = map(Path, sys.argv[1:])
try:
    print(source.builtin("0.1.0").root)
except errors.AgentkitError as e:
    sys.exit(str(e))
"""


@pytest.fixture
def published(checkout: Path) -> Path:
    """Three versions, whose README tells which one it is."""
    for version in ("0.1.0", "0.2.0", "0.10.0"):
        write(
            checkout, {"template/project/README.md.jinja": f"# {{{{ project_name }}}} {version}\n"}
        )
        release(["snapshot", version])
    return checkout


@pytest.mark.parametrize(("version", "wanted"), [("0.1.0", "v0.1.0"), ("v0.2.0", "v0.2.0")])
def test_a_version_is_taken_by_its_number(published: Path, version: str, wanted: str) -> None:
    taken = source.builtin(version)
    assert (taken.source, taken.version, len(taken.digest)) == ("agentkit", wanted, 64)
    assert wanted[1:] in (taken.root / "template/project/README.md.jinja").read_text()


def test_a_checkout_is_its_own_version(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert source.builtin() == source.builtin("dev")
    assert (source.builtin().root, source.builtin().version) == (published, "dev")
    monkeypatch.setattr(source, "CHECKOUT", published / "nowhere")
    assert source.builtin().version == "v0.10.0"


def test_the_command_makes_a_project_of_an_old_version(agentkit: Run, published: Path) -> None:
    ran = agentkit("new", "my-agent", "--ref", "v0.1.0", "--format", "json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["template"] == {"source": "agentkit", "version": "v0.1.0"}
    assert Path("my-agent/README.md").read_text() == "# my-agent 0.1.0\n"


@pytest.mark.parametrize("version", ["0.1.1", "v0.3.0", "nonsense", "../x", "dev2"])
def test_a_version_that_never_was(agentkit: Run, published: Path, version: str) -> None:
    ran = agentkit("new", "my-agent", "--ref", version)
    assert (ran.code, ran.out) == (2, "")
    assert f"has no version {version}" in ran.err
    assert "released: 0.1.0, 0.2.0, 0.10.0" in ran.err
    assert ("did you mean" in ran.err) == (version[-1].isdigit() and version[-2] == ".")
    assert not list(Path().iterdir())


def test_before_the_first_release(agentkit: Run, checkout: Path) -> None:
    ran = agentkit("new", "my-agent", "--ref", "0.1.0")
    assert (ran.code, ran.out) == (2, "")
    assert "released: none yet" in ran.err


@pytest.mark.parametrize("damage", ["cut", "changed", "gone", "empty"])
def test_a_damaged_archive(agentkit: Run, published: Path, damage: str) -> None:
    archive = source.SNAPSHOTS / "v0.1.0.tar.xz"
    content = archive.read_bytes()
    bad = {"cut": content[:-20], "changed": content[:40] + b"!" + content[41:], "empty": b""}
    archive.write_bytes(bad[damage]) if damage in bad else archive.unlink()
    ran = agentkit("new", "my-agent", "--ref", "0.1.0")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == f"error: {archive}: the snapshot is damaged\n  install agentkit again\n"
    assert not list(Path().iterdir())


@pytest.mark.parametrize("cache", ["file", "file/below", "shut", "shut/below"])
def test_a_cache_that_cannot_be_written(published: Path, tmp_path: Path, cache: str) -> None:
    write(tmp_path, {"file": "x"})
    (tmp_path / "shut").mkdir(mode=0o500)
    command = [*ordinary_user(), sys.executable, "-c", TAKE, str(published)]
    environment = os.environ | {"AGENTKIT_CACHE_DIR": str(tmp_path / cache)}
    snapshots = str(source.SNAPSHOTS)
    done = subprocess.run([*command, snapshots], env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert "the cache cannot be written: " in done.stderr
    assert "set AGENTKIT_CACHE_DIR to a folder you can write" in done.stderr
    assert "Traceback" not in done.stderr


def test_many_processes_unpack_at_once(published: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", TAKE, str(published), str(source.SNAPSHOTS)]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    roots = {run.communicate()[0].strip() for run in runs}
    assert len(roots) == 1
    root = Path(roots.pop())
    assert [p.name for p in (tmp_path / "cache/templates").iterdir()] == [root.name]
    assert len(tree(root)) == 5


def test_without_a_cache_the_checkout_still_works(work: Path, tmp_path: Path) -> None:
    write(tmp_path, {"file": "x"})
    environment = os.environ | {"AGENTKIT_CACHE_DIR": str(tmp_path / "file")}
    ran = spawn("new", "my-agent", "--defaults", env=environment)
    assert ran.code == 0, ran.err


def test_a_damaged_cache_of_compiled_templates_is_made_anew(work: Path, tmp_path: Path) -> None:
    environment = os.environ | {"AGENTKIT_CACHE_DIR": str(tmp_path / "cache")}
    assert spawn("new", "one", "-d", "project_name=x", env=environment).code == 0
    compiled = [p for p in (tmp_path / "cache").rglob("*") if p.is_file()]
    for path in compiled:
        path.write_bytes(path.read_bytes()[:60])
    ran = spawn("new", "two", "-d", "project_name=x", env=environment)
    assert ran.code == 0, ran.err
    assert tree(work / "one") == tree(work / "two")


def test_a_cache_that_others_can_write_is_refused(published: Path, tmp_path: Path) -> None:
    source.builtin("0.1.0").root.chmod(0o777)
    with pytest.raises(AgentkitError, match="others can write this unpacked template"):
        source.builtin("0.1.0")
