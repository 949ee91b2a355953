"""policies.yaml and metrics.yaml: whoever changes a field sees another behaviour."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import BaseModel
from pydantic_ai.models import override_allow_model_requests

from agent.errors import ManifestError
from agent.interfaces.http.app import create_app
from agent.schemas import Metrics, Policies
from agent.service import Service
from agent.settings import Settings
from fake_llm import openai, serve

SUM = {"input": "What is 6 * 7?"}
LIVE = {"model": "openai:gpt-4o", "api_key_env": "FAKE_API_KEY", "base_url_env": "FAKE_URL"}
SLEEP = {"id": "sleep", "kind": "deterministic", "call": "asyncio:sleep"}
SLEEP |= {"args": {"delay": "60"}}
HEADERS = {"X-API-Key": "alices-secret", "Origin": "https://app.example"}


class World:
    """A service whose policies and metrics are the defaults but for one field."""

    def __init__(self, config: Path, monkeypatch: pytest.MonkeyPatch):
        self.config, self.monkeypatch = config, monkeypatch

    def write(self, manifest: str, /, **content: Any) -> None:
        (self.config / f"{manifest}.yaml").write_text(json.dumps({"version": "1.0.0"} | content))

    def change(self, field: str, value: Any) -> None:
        manifest, *path = field.split(".")
        for key in reversed(path):
            value = {key: value}
        self.write(manifest, **value)

    @contextmanager
    def client(self) -> Iterator[TestClient]:
        self.monkeypatch.setenv("AGENT_API_KEYS", "alice:alices-secret")
        app = create_app(Service(Settings.load()))
        with TestClient(app, headers=HEADERS) as client:
            yield client

    def statuses(self, times: int = 1, **body: str) -> list[int]:
        with self.client() as client:
            return [client.post("/v1/runs", json=SUM | body).status_code for _ in range(times)]


def runs(world: World) -> list[int]:
    return world.statuses(2)


def paid_runs(world: World) -> list[int]:
    """With a model that costs something."""
    with ExitStack() as stack:
        fake = stack.enter_context(serve(openai))
        stack.enter_context(override_allow_model_requests(True))
        for name, value in {"FAKE_URL": f"{fake.url}/v1", "FAKE_API_KEY": "sk-test"}.items():
            world.monkeypatch.setenv(name, value)
        world.monkeypatch.setenv("AGENT_MODEL_MODE", "live")
        world.write("models", default="live", models={"live": LIVE})
        return world.statuses(2)


def two_at_once(world: World) -> list[str]:
    world.write("workflow", name="slow", nodes=[SLEEP])
    with world.client() as client:
        ids = [client.post("/v1/runs/async", json=SUM).json()["id"] for _ in range(2)]
        found = [client.get(f"/v1/runs/{run_id}").json()["status"] for run_id in ids]
        for run_id in ids:
            client.post(f"/v1/runs/{run_id}/cancel")
    return found


def status(world: World) -> str:
    with world.client() as client:
        return str(client.post("/v1/runs", json=SUM).json()["status"])


def mistakes(world: World) -> str:
    try:
        return status(world)
    except ManifestError as e:
        return str(e).rpartition(": ")[2]


def shared_with(world: World) -> str | None:
    with world.client() as client:
        return client.get("/live").headers.get("access-control-allow-origin")


def told(world: World) -> tuple[int, str]:
    """The status of /metrics, and the first of its buckets."""
    with world.client() as client:
        client.post("/v1/runs", json=SUM)
        answer = client.get("/metrics")
    found = re.search(r'^\w+_run_seconds_bucket\{le="[\d.]+"\}', answer.text, re.M)
    return answer.status_code, found[0] if found else ""


Row = tuple[Any, Callable[[World], Any], Any]
ROWS: dict[str, Row] = {
    "policies.rate_limit": ("1/day", runs, [200, 429]),
    "policies.max_input_chars": (3, runs, [413, 413]),
    "policies.max_body_bytes": (10, runs, [413, 413]),
    "policies.max_concurrent_runs": (1, two_at_once, ["running", "queued"]),
    "policies.budget.cost_usd": (0.000001, paid_runs, [402, 402]),
    "policies.budget.requests": (1, runs, [402, 402]),
    "policies.budget.tool_calls": (0, runs, [402, 402]),
    "policies.budget.tokens": (1, runs, [402, 402]),
    "policies.daily_budget.cost_usd": (0.000001, paid_runs, [200, 402]),
    "policies.daily_budget.tokens": (1, runs, [200, 402]),
    "policies.deny_tools": (["now"], mistakes, 'policies.yaml denies tool "now"'),
    "policies.approve_tools": (["calculator"], status, "waiting"),
    "policies.callers": ({"alice": ["approve"]}, runs, [403, 403]),
    "policies.cors_origins": (["https://app.example"], shared_with, "https://app.example"),
    "metrics.enabled": (False, told, (404, "")),
    "metrics.prefix": ("shop", told, (200, 'shop_run_seconds_bucket{le="0.05"}')),
    "metrics.buckets": ([7], told, (200, 'agent_run_seconds_bucket{le="7.0"}')),
}


def fields(schema: type[BaseModel], path: str) -> Iterator[str]:
    """Every key of a manifest, by its path; those of tables instead of the tables."""
    for name, field in schema.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from fields(inner, f"{path}.{name}")
        elif name not in ("version", "description"):
            yield f"{path}.{name}"


def test_no_field_is_left_out():
    assert {*fields(Policies, "policies"), *fields(Metrics, "metrics")} == set(ROWS)


@pytest.mark.parametrize("field", ROWS)
def test_a_field(field: str, config: Path, monkeypatch: pytest.MonkeyPatch):
    world, (value, look, expected) = World(config, monkeypatch), ROWS[field]
    world.write("policies")
    world.write("metrics")
    (config / "environments/development.yaml").write_text("{}")
    assert look(world) != expected
    monkeypatch.setenv("AGENT_STORE_URL", "sqlite:///data/other.db")
    world.change(field, value)
    assert look(world) == expected
