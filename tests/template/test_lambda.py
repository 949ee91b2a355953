"""The target lambda: what its template promises, and scripts/deploy.sh with a stand-in for AWS."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.template import projects
from tests.template.machine import AGENT

GIVEN = {"targets": ["docker", "lambda"], "features": ["aws_secrets"], "store": "redis"}
REGISTRY = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/my-agent@sha256:"
OLD, NEW, BAD = (REGISTRY + digit * 64 for digit in "123")
SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:my-agent"
AWS = """#!/bin/sh
# The stack is a file of NAME=VALUE for each parameter; a function with the image 333 is not ready.
cd "$STATE"
echo "aws $*" >> log
case "$*" in
    sts*) [ "$BROKEN" != login ] ;;
    "ecr describe-images"*) [ "$BROKEN" != image ] ;;
    secretsmanager*) echo "{\\"AGENT_API_KEYS\\": \\"alice:s3\\", \\"OPENAI_API_KEY\\": \\"sk-s3\\",
        \\"AGENT_STORE_URL\\": \\"$STORE\\"}" ;;
    *Parameters*) name=${8#*==\\'}; sed -n "s|^${name%%\\'*}=||p" stack ;;
    *OutputKey==\\'Url*) echo https://url/ ;;
    *OutputKey*) echo function ;;
    "cloudformation deploy"*) [ "$BROKEN" != change ] || exit 255
        shift 11; for p; do
            touch stack
            grep -v "^${p%%=*}=" stack > new; echo "$p" >> new; mv new stack
        done ;;
    lambda*) if grep -q '^Image=.*333$' stack; then echo Unhandled; else echo None; fi ;;
esac
"""


class Account:
    """A project, and the AWS CLI that it finds."""

    def __init__(self, folder: Path):
        self.project, self.state = projects.make(folder / "my-agent", GIVEN), folder / "state"
        self.state.mkdir()
        (folder / "bin").mkdir()
        (self.project / ".venv/bin").mkdir(parents=True)
        for path, text in (folder / "bin/aws", AWS), (self.project / ".venv/bin/agent", AGENT):
            path.write_text(text)
            path.chmod(0o755)
        (self.project / "config/manifest.lock").touch()
        path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        self.env = {"PATH": path, "STATE": str(self.state), "STORE": "redis://x", "SECRET": SECRET}

    def run(self, script: str, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
        told = os.environ | self.env | {"DEPLOY_TIMEOUT": "2"} | env
        command = ["bash", f"scripts/{script}.sh", "lambda", "staging", *args]
        return subprocess.run(command, cwd=self.project, env=told, capture_output=True, text=True)

    def stack(self) -> dict[str, str]:
        lines = (self.state / "stack").read_text().split()
        return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return Account(tmp_path)


def test_deploying_and_going_back(account: Account) -> None:
    for image in OLD, NEW, NEW:
        done = account.run("deploy", IMAGE=image)
        assert (done.returncode, done.stdout) == (0, "ready: https://url/\n"), done.stderr
        assert "s3" not in done.stderr
    wanted = {"Environment": "staging", "Secret": SECRET, "Image": NEW, "PreviousImage": OLD}
    assert account.stack() == wanted
    bad = account.run("deploy", IMAGE=BAD)
    assert bad.returncode == 1 and "what ran before is ready again" in bad.stderr
    assert account.stack() == wanted
    unchanged = account.run("deploy", IMAGE=BAD, BROKEN="change")
    assert unchanged.returncode == 1 and account.stack() == wanted
    account.run("deploy", IMAGE=OLD)
    assert account.run("rollback").returncode == 0
    assert account.stack()["Image"] == NEW


def test_a_dry_run_only_tells(account: Account) -> None:
    done = account.run("deploy", "--dry-run", IMAGE=NEW)
    assert done.returncode == 0 and f"Image={NEW}" in done.stderr
    assert "aws cloudformation deploy" not in (account.state / "log").read_text()


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({"BROKEN": "login"}, "the AWS CLI is not logged in"),
        ({"BROKEN": "config"}, "config/ is not valid for staging"),
        ({"BROKEN": "image"}, "ECR has no"),
        ({"IMAGE": "my-agent:latest"}, "IMAGE is ACCOUNT.dkr.ecr."),
        ({"SECRET": ""}, "SECRET is the ARN"),
        ({"STORE": ""}, "the secret has no AGENT_STORE_URL"),
    ],
)
def test_it_says_what_is_missing(account: Account, env: dict[str, str], message: str) -> None:
    done = account.run("deploy", **{"IMAGE": NEW} | env)
    assert (done.returncode, done.stdout) == (1, "") and message in done.stderr
    assert not (account.state / "stack").exists()


class Tags(yaml.SafeLoader):
    """CloudFormation's `!Sub text` and friends are what follows them."""


def _plain(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    return loader.construct_sequence(node, deep=True)  # type: ignore[arg-type]


Tags.add_multi_constructor("!", _plain)


def test_the_function_keeps_the_contract(tmp_path: Path) -> None:
    given = GIVEN | {"providers": ["openai", "bedrock", "azure"]}
    folder = projects.make(tmp_path / "my-agent", given)
    found = yaml.load((folder / "lambda/template.yaml").read_text(), Tags)["Resources"]
    function = found["Function"]["Properties"]
    settings = function["Environment"]["Variables"]
    named = {line.partition("=")[0] for line in _lines(folder / ".env.production.template")}
    elsewhere = {"AWS_REGION", "REDIS_PASSWORD"}  # set by AWS, part of AGENT_STORE_URL
    assert set(settings) == named - elsewhere
    secret = {k: v for k, v in settings.items() if str(v).startswith("aws://")}
    assert secret == {name: f"aws://${{Secret}}#{name}" for name in secret}
    assert {"AGENT_API_KEYS", "AGENT_STORE_URL", "OPENAI_API_KEY"} < set(secret)
    assert function["FunctionUrlConfig"] == {"AuthType": "AWS_IAM", "InvokeMode": "RESPONSE_STREAM"}
    [policy] = found["Role"]["Properties"]["Policies"]
    statements = policy["PolicyDocument"]["Statement"]
    assert "*" not in [s["Resource"] for s in statements] and len(statements) == 3


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if line[:1] not in ("", "#")]
