"""The modules for Terraform by Terraform itself, and by checkov."""

import shutil
from pathlib import Path

import pytest

from tests.e2e.project import run
from tests.template import projects

pytestmark = pytest.mark.long
MODULES = ["aws-ec2", "aws-ecs"]  # those whose provider is there without a network


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    given = {"targets": ["docker", "systemd", "terraform"]}
    return projects.make(tmp_path_factory.mktemp("cloud") / "my-agent", given) / "terraform"


@pytest.fixture(scope="module")
def terraform(folder: Path) -> dict[str, str]:
    """Its settings: where providers come from, a folder of them if there is one."""
    assert shutil.which("terraform"), "Terraform 1.7 or newer is needed: terraform.io"
    mirrors = sorted(Path("/opt").glob("*/registry.terraform.io"))
    if not mirrors:
        return {}
    settings = folder.parent.parent / "terraformrc"
    mirror = f'filesystem_mirror {{ path = "{mirrors[0].parent}" }}'
    settings.write_text(f"provider_installation {{\n  {mirror}\n}}\n")
    return {"TF_CLI_CONFIG_FILE": str(settings)}


def test_they_are_formatted(folder: Path, terraform: dict[str, str]) -> None:
    assert run(folder, "terraform", "fmt", "-check", "-recursive", **terraform) == ""


@pytest.mark.parametrize("module", MODULES)
def test_they_are_valid_and_keep_their_promises(
    folder: Path, terraform: dict[str, str], module: str
) -> None:
    here = folder / module
    run(here, "terraform", "init", "-backend=false", "-input=false", **terraform)
    run(here, "terraform", "validate", **terraform)
    assert "0 failed" in run(here, "terraform", "test", "-no-color", **terraform)


def test_checkov_finds_nothing(folder: Path) -> None:
    checkov = ["uvx", "--from", "checkov>=3.3,<4", "checkov", "--directory", "."]
    options = ["--framework", "terraform", "--skip-download", "--compact", "--quiet"]
    assert "Failed checks: 0" in run(folder, *checkov, *options)
