"""The target lambda by those who run it: AWS's own runtime emulator, and its checkers."""

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import redis
from tests.e2e.installed import install
from tests.e2e.project import PATIENCE, clean_environment, run
from tests.template import projects

pytestmark = pytest.mark.long
SAM = ["uvx", "--from", "aws-sam-cli>=1.170,<2"]
GIVEN = {"providers": [], "targets": ["docker", "lambda"], "features": ["aws_secrets"]}
KEY = "a-key-for-tests"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return projects.make(tmp_path_factory.mktemp("aws") / "my-agent", GIVEN | {"store": "redis"})


class Function:
    """What AWS does with an image: the emulator starts `agent lambda` and hands it events."""

    def __init__(self, url: str):
        self.url = f"{url}/2015-03-31/functions/function/invocations"

    def invoke(self, event: dict[str, Any]) -> bytes:
        request = urllib.request.Request(self.url, json.dumps(event).encode())
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                return response.read()
        except urllib.error.HTTPError as e:  # it did not start
            return e.read()

    def ask(self, path: str, text: str = "") -> tuple[int, str]:
        """Status and body of the answer to a request, as a function URL passes it on."""
        http = {"method": "POST" if text else "GET", "path": path}
        headers = {"content-type": "application/json", "x-api-key": KEY}
        event = {"version": "2.0", "rawPath": path, "rawQueryString": "", "headers": headers}
        body = json.dumps({"input": text}) if text else None
        answer = self.invoke(event | {"requestContext": {"http": http}, "body": body})
        about, _, body = answer.partition(b"\0" * 8)
        return json.loads(about)["statusCode"], body.decode()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def function(project: Path, store: str) -> Iterator[Function]:
    found = "import samcli.local.rapid as r; print(r.__path__[0])"
    folder = run(project, *SAM, "python", "-c", found).strip()
    port, inside = free_port(), free_port()
    command = [f"{folder}/aws-lambda-rie-x86_64"]
    command += ["--runtime-interface-emulator-address", f"127.0.0.1:{port}"]
    command += ["--runtime-api-address", f"127.0.0.1:{inside}", ".venv/bin/agent", "lambda"]
    told = {"AGENT_ENV": "staging", "AGENT_MODEL_MODE": "offline", "AGENT_STORE_URL": store}
    told |= {"AGENT_API_KEYS": f"alice:{KEY}", "AGENT_PORT": str(free_port())}
    with (project / "emulator.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=project, env=clean_environment(**told), stdout=log, stderr=log
        )
    deadline = time.monotonic() + PATIENCE
    try:
        while not listening(port):
            assert time.monotonic() < deadline, (project / "emulator.log").read_text()
            time.sleep(0.02)
        yield Function(f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait()


def test_the_emulator_of_aws(project: Path) -> None:
    install(project)
    with redis.running() as store, function(project, store.url) as aws:
        assert aws.ask("/live") == (200, '{"status":"alive"}')
        assert json.loads(aws.invoke({})) == {"status": "ready"}
        status, body = aws.ask("/v1/runs", "hello")
        assert status == 200 and json.loads(body)["status"] == "succeeded"
        status, body = aws.ask("/v1/runs/stream", "hello")
        assert status == 200 and body.count("event: ") > 3 and "event: run_finished" in body
        status, body = aws.ask("/v1/runs/async", "hello")
        assert status == 202
        assert json.loads(aws.ask(f"/v1/runs/{json.loads(body)['id']}")[1])["status"] == "succeeded"
        store.stop()
        assert "not ready" in json.loads(aws.invoke({}))["errorMessage"]
    with function(project, "sqlite:///data/agent.db") as aws:
        assert "AWS Lambda keeps no files" in json.loads(aws.invoke({}))["errorMessage"]


@pytest.mark.parametrize("more", [{}, {"providers": ["openai", "bedrock", "azure"]}])
def test_the_checkers_of_aws(more: dict[str, Any], tmp_path: Path) -> None:
    folder = projects.make(tmp_path / "my-agent", GIVEN | {"store": "redis"} | more)
    told = {"SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "eu-central-1"}
    run(folder, *SAM, "sam", "validate", "--lint", "--template", "lambda/template.yaml", **told)
    checkov = ["uvx", "--from", "checkov>=3.3,<4", "checkov", "--file", "lambda/template.yaml"]
    options = ["--framework", "cloudformation", "--skip-download", "--compact", "--quiet"]
    assert "Failed checks: 0" in run(folder, *checkov, *options)
