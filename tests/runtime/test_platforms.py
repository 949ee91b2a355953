"""The service as Cloud Run, Azure, Fly.io and Heroku start it: by the files of the project."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).parents[2]
SECRET = "s3cret-0123456789"
Env = dict[str, str]


def _cloudrun() -> Env:
    service = yaml.safe_load((PROJECT / "cloudrun/service.yaml").read_text())
    return {
        e["name"]: e["value"] for e in service["spec"]["template"]["spec"]["containers"][0]["env"]
    }


def _azure() -> Env:
    app = yaml.safe_load((PROJECT / "azure/containerapp.yaml").read_text())
    (container,) = app["properties"]["template"]["containers"]
    return {e["name"]: e["value"] for e in container["env"]}


def _fly() -> Env:
    env = tomllib.loads((PROJECT / "fly/fly.toml").read_text())["env"]
    assert isinstance(env, dict)
    return env


def _heroku() -> Env:
    lines = (PROJECT / "heroku/settings.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


@contextmanager
def _started(
    given: Env, settings: Env, folder: Path
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """As the platform does it: with PORT or AGENT_PORT, and a mounted .env or all of it set."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT / "src"), "PORT": str(port)}
    env |= given | {"AGENT_ENV": "staging", "AGENT_CONFIG_DIR": str(PROJECT / "config")}
    if "AGENT_PORT" in env:
        env["AGENT_PORT"] = str(port)
    if "CREDENTIALS_DIRECTORY" in env:
        env["CREDENTIALS_DIRECTORY"] = str(folder / "secrets")
        (folder / "secrets").mkdir()
        text = "".join(f"{name}={value}\n" for name, value in settings.items())
        (folder / "secrets/.env").write_text(text)
    else:
        env |= settings
    command = [sys.executable, "-m", "agent", "serve"]
    with subprocess.Popen(command, env=env, cwd=folder, stderr=subprocess.DEVNULL) as process:
        try:
            yield process, port
        finally:
            process.kill()


def _status(port: int, path: str, key: str = "") -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {key}"} if key else {})
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


@pytest.mark.parametrize("read", [_cloudrun, _azure, _fly, _heroku])
def test_it_serves_callers_and_ends(read, tmp_path: Path):
    settings = {
        "AGENT_API_KEYS": f"alice:{SECRET}",
        "AGENT_STORE_URL": f"sqlite:///{tmp_path}/store.db",
        "AGENT_MODEL_MODE": "offline",
    }
    with _started(read(), settings, tmp_path) as (process, port):
        end = time.monotonic() + 60
        while (ready := _status(port, "/ready")) != 200 and time.monotonic() < end:
            assert process.poll() is None, "it ended"
            time.sleep(0.05)
        assert ready == 200 and _status(port, "/live") == 200
        assert _status(port, "/v1/runs/none") == 401
        assert _status(port, "/v1/runs/none", SECRET) == 404
        process.send_signal(signal.SIGTERM)
        assert process.wait(int(read()["AGENT_DRAIN_SECONDS"]) + 3) == 0
