"""Traces of the real service, sent to a collector of ours that speaks OTLP."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
CALLER = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
SAID = "what nobody may read, 6 * 7"


class Collector:
    """Keeps every span it is sent."""

    def __init__(self, url: str):
        self.url, self.spans, self.resources = url, list[Any](), list[dict[str, str]]()

    def take(self, body: bytes) -> None:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            attributes = resource.resource.attributes
            self.resources.append({a.key: a.value.string_value for a in attributes})
            for scope in resource.scope_spans:
                self.spans += scope.spans


@pytest.fixture
def collector() -> Iterator[Collector]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            found.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Collector(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield found
        server.shutdown()


class Service:
    def __init__(self, folder: Path, config: Path, env: dict[str, str]):
        self.log = folder / f"log-{config.name}"
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        env = env | {"AGENT_PORT": str(port), "AGENT_CONFIG_DIR": str(config)}
        with self.log.open("w") as log:
            command = [sys.executable, "-m", "agent", "serve"]
            self.process = subprocess.Popen(command, env=os.environ | env, stdout=log, stderr=log)

    def ready(self) -> "Service":
        deadline = time.monotonic() + 60
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                httpx2.get(f"{self.url}/live")
            except httpx2.TransportError:
                time.sleep(0.1)
                continue
            return self
        pytest.fail(self.log.read_text())

    def ask(self) -> dict[str, Any]:
        response = httpx2.post(f"{self.url}/v1/runs", json={"input": SAID}, headers=CALLER)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def stop(self) -> list[dict[str, Any]]:
        self.process.terminate()
        assert self.process.wait(30) == 0
        return [json.loads(line) for line in self.log.read_text().splitlines()]


Start = Callable[..., Service]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    services: list[Service] = []

    def run(config: Path, **env: str) -> Service:
        services.append(Service(tmp_path, config, {"LOG_LEVEL": "DEBUG", **env}))
        return services[-1].ready()

    yield run
    for service in services:
        service.process.kill()
        service.process.wait()


def attributes(span: Any) -> dict[str, str]:
    return {a.key: a.value.string_value or str(a.value.int_value) for a in span.attributes}


def test_a_trace_goes_from_the_caller_to_the_model(
    config: Path, start: Start, collector: Collector
):
    service = start(config, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, OTEL_SERVICE_NAME="mine")
    run = service.ask()
    lines = service.stop()  # which sends what is left
    spans = {span.name: span for span in collector.spans}
    assert {span.trace_id.hex() for span in collector.spans} == {TRACE}  # and none of /live
    assert {r["service.name"] for r in collector.resources} == {"mine"}
    request, node = spans["POST /v1/runs"], spans["node answer"]
    assert request.parent_span_id.hex() == PARENT
    assert attributes(spans["run"])["agent.run.id"] == run["id"]
    assert node.parent_span_id == spans["run"].span_id
    agent = spans["invoke_agent assistant"]
    assert agent.parent_span_id == node.span_id
    chats = [span for span in collector.spans if span.name.startswith("chat ")]
    assert {span.parent_span_id for span in chats} == {agent.span_id}
    assert attributes(chats[0])["gen_ai.operation.name"] == "chat"
    assert int(attributes(chats[0])["gen_ai.usage.input_tokens"]) > 0
    assert attributes(spans["execute_tool calculator"])["gen_ai.tool.name"] == "calculator"
    told = "".join(map(str, collector.spans))
    assert SAID not in told
    assert run["output"] == "6 * 7 = 42." and run["output"] not in told
    logged = {line["event"]: line.get("trace_id") for line in lines}
    assert logged["run_finished"] == logged["node_finished"] == logged["request"] == TRACE


def test_what_was_said_is_in_it_only_if_asked_for(config: Path, start: Start, collector: Collector):
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "LOG_CONTENT": "true"}
    service = start(config, **env)
    service.ask()
    service.stop()
    assert SAID in "".join(map(str, collector.spans))


def test_a_trace_goes_on_in_another_agent_service(
    config: Path, tmp_path: Path, start: Start, collector: Collector
):
    on = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
    other = start(config, OTEL_SERVICE_NAME="other", **on)
    asking = tmp_path / "asking"
    for path in config.glob("*.yaml"):
        asking.mkdir(exist_ok=True)
        (asking / path.name).write_text(path.read_text())
    (asking / "workflow.yaml").write_text(
        "version: 1.0.0\nname: asking\nnodes: [{id: ask, kind: remote, url_env: OTHER_URL}]\n"
    )
    service = start(asking, OTHER_URL=other.url, OTEL_SERVICE_NAME="asking", **on)
    service.ask()
    service.stop()
    other.stop()
    spans = {span.span_id: span for span in collector.spans}
    assert {r["service.name"] for r in collector.resources} == {"asking", "other"}
    assert {span.trace_id.hex() for span in collector.spans} == {TRACE}
    [theirs] = [span for span in collector.spans if span.name == "POST /v1/runs/async"]
    assert spans[theirs.parent_span_id].name == "node ask"


def test_a_failed_run_is_an_error_without_words(config: Path, start: Start, collector: Collector):
    call = "call: 'agent.tools:calculator', args: {expression: input}"  # which it quotes
    node = f"{{id: fail, kind: deterministic, {call}}}"
    (config / "workflow.yaml").write_text(f"version: 1.0.0\nname: failing\nnodes: [{node}]\n")
    service = start(config, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
    assert httpx2.post(f"{service.url}/v1/runs", json={"input": SAID}).status_code == 500
    service.stop()
    failed = {s.name: s for s in collector.spans if s.status.code == s.status.STATUS_CODE_ERROR}
    assert {"run", "node fail", "POST /v1/runs"} <= set(failed)
    assert attributes(failed["run"])["error.type"] == "failed"
    assert SAID not in "".join(map(str, collector.spans))


@pytest.mark.parametrize("listening", [True, False])
def test_a_dead_collector_holds_up_nobody(listening: bool, config: Path, start: Start):
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts, and never answers
        port = silent.getsockname()[1]
        if not listening:
            silent.close()
        service = start(config, OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{port}")
        for _ in range(20):
            began = time.monotonic()
            assert service.ask()["status"] == "succeeded"
            assert time.monotonic() - began < 2
        began = time.monotonic()
        service.stop()
        assert time.monotonic() - began < 15


def test_without_an_endpoint_nothing_is_imported():
    script = """
import sys
from agent.interfaces.http import app
from agent.logs import setup
from agent.settings import Settings
setup(Settings.load())
print([name for name in sys.modules if name.startswith(("opentelemetry.sdk", "agent.tracing"))])
"""
    assert subprocess.check_output([sys.executable, "-c", script], text=True) == "[]\n"
