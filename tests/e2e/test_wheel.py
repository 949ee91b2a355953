"""The wheel alone, in a clean environment, without a network."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.template.projects import ROOT

NO_NETWORK = {
    name: "http://127.0.0.1:9"
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")
}


@pytest.fixture(scope="module")
def agentkit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, installed from a wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    build = ["uv", "build", "--quiet", "--wheel", "--out-dir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    venv.create(folder / "venv", with_pip=False)
    install = ["uv", "pip", "install", "--quiet", "--python", str(folder / "venv/bin/python")]
    subprocess.run([*install, str(next(folder.glob("*.whl")))], check=True, capture_output=True)
    return folder / "venv/bin/agentkit"


def offline(*command: str, cwd: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """Run without a network: in a namespace of its own where the system lets us."""
    namespace = ["unshare", "--map-root-user", "--net"]
    may = sys.platform == "linux" and not subprocess.run([*namespace, "true"]).returncode
    env = {"PATH": os.environ["PATH"], "HOME": str(home), **NO_NETWORK}
    return subprocess.run(
        [*(namespace if may else []), *command], cwd=cwd, env=env, capture_output=True, text=True
    )


def test_the_wheel_generates_the_released_template(agentkit: Path, tmp_path: Path) -> None:
    command = [str(agentkit), "new", "my-agent", "--defaults", "--format", "json"]
    made = offline(*command, cwd=tmp_path, home=tmp_path / "home")
    assert made.returncode == 0, made.stderr
    told = json.loads(made.stdout)
    released = json.loads((ROOT / "agentkit/_templates/index.json").read_text())
    assert told["template"] == {"source": "agentkit", "version": f"v{list(released)[-1]}"}
    assert told["committed"]
    again = offline(*command[:2], "second", *command[3:], cwd=tmp_path, home=tmp_path / "home")
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "home/.cache/agentkit/templates").is_dir()


def test_every_released_version_renders(agentkit: Path, tmp_path: Path) -> None:
    for version in json.loads((ROOT / "agentkit/_templates/index.json").read_text()):
        name = f"project-{version.replace('.', '-')}"
        command = [str(agentkit), "new", name, "--defaults", "--ref", version]
        made = offline(*command, cwd=tmp_path, home=tmp_path / "home")
        assert made.returncode == 0, made.stderr
        assert f"_commit: v{version}" in (tmp_path / name / ".copier-answers.yml").read_text()


def test_the_wheel_holds_no_loose_template(agentkit: Path) -> None:
    package = next(agentkit.parent.parent.glob("lib/*/site-packages/agentkit"))
    assert not list(package.rglob("*.jinja"))
    assert (package / "_templates/index.json").is_file()
