"""What the judges of pipelines say: nothing. And what none of them looks at."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.template import projects

BIN = Path(sys.executable).parent
DEPLOYED = ["docker", "systemd"]
CLOUDS = [*DEPLOYED, "cloudrun", "fly", "azure", "heroku", "terraform"]


def judge(folder: Path, tool: str, *args: str) -> None:
    command = [str(BIN / tool), *args]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def made(tmp_path: Path, ci: str, targets: list[str], store: str) -> Path:
    given = {"ci": ci, "targets": targets, "store": store}
    folder = projects.make(tmp_path / "my-agent", given)
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)  # actionlint looks for it
    return folder


@pytest.mark.parametrize(
    ("targets", "store"), [(CLOUDS, "postgres"), ([], "sqlite"), (["docker"], "redis")]
)
def test_github(tmp_path: Path, targets: list[str], store: str) -> None:
    folder = made(tmp_path, "github", targets, store)
    workflows = sorted(str(p) for p in folder.glob(".github/workflows/*.yml"))
    judge(folder, "actionlint", *workflows)
    judge(folder, "zizmor", "--offline", "--persona", "pedantic", ".github")
    for schema in "vendor.github-workflows", "custom.github-workflows-require-timeout":
        judge(folder, "check-jsonschema", "--builtin-schema", schema, *workflows)
    updates = ".github/dependabot.yml"
    judge(folder, "check-jsonschema", "--builtin-schema", "vendor.dependabot", updates)
    for path in workflows:
        text = Path(path).read_text()
        pinned = re.findall(r"uses: [\w/-]+@[0-9a-f]{40}  # (?:v\d+\.)?\d+\.\d+$", text, re.M)
        assert len(pinned) == text.count("uses: ") == len(re.findall(r"uses: .*# ", text))
        told = yaml.safe_load(text)
        assert told["permissions"] == {"contents": "read"} and told["concurrency"]
        assert text.count("persist-credentials: false") == text.count("actions/checkout@")
    jobs = yaml.safe_load((folder / ".github/workflows/ci.yml").read_text())["jobs"]
    writers = {name for name, job in jobs.items() if "write" in job.get("permissions", {}).values()}
    assert writers == ({"publish"} if "docker" in targets else set())
    secret = {name for name, job in jobs.items() if "secrets." in str(job)}
    assert secret == writers


@pytest.mark.parametrize(("targets", "store"), [(CLOUDS, "postgres"), ([], "sqlite")])
def test_gitlab(tmp_path: Path, targets: list[str], store: str) -> None:
    folder = made(tmp_path, "gitlab", targets, store)
    schema = ["check-jsonschema", "--builtin-schema"]
    judge(folder, *schema, "vendor.gitlab-ci", "--data-transform", "gitlab-ci", ".gitlab-ci.yml")
    judge(folder, *schema, "vendor.renovate", "renovate.json")
    told = yaml.safe_load((folder / ".gitlab-ci.yml").read_text())
    jobs = {k: v for k, v in told.items() if isinstance(v, dict) and "stage" in v}
    assert {job["stage"] for job in jobs.values()} <= {*told["stages"]}
    assert ("publish" in jobs) == ("docker" in targets)
    for name in "staging", "production":
        assert told[name] == {"extends": ".deploy", "environment": {"name": name}}
    assert jobs[".deploy"]["rules"][0]["when"] == "manual"
    lines = [line for job in jobs.values() for line in job["script"]]
    checks = ["make lint", "make validate", "make test"]
    assert [line for line in lines if line in checks] == checks


def test_both_pipelines_check_the_same(tmp_path: Path) -> None:
    """On the same Pythons, against the same stores."""
    for store in projects.CATALOG["store"]:
        told = {}
        for ci, file in {"github": ".github/workflows/ci.yml", "gitlab": ".gitlab-ci.yml"}.items():
            folder = projects.make(tmp_path / store / ci, {"ci": ci, "store": store})
            text = (folder / file).read_text()
            told[ci] = (
                re.findall(r'\["3\.11".*\]', text),
                re.findall(r"make \w+$", text, re.M)[:3],
                re.findall(r"(?:postgres|redis):[\d.]+-alpine@sha256:[0-9a-f]{64}", text),
            )
        assert told["github"] == told["gitlab"]
