"""A real nginx with the files of a project, in front of servers that tell, and of real services."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from tests.e2e import nginx
from tests.e2e.installed import install
from tests.e2e.project import serve
from tests.template import projects

GATE = '''"""A node that takes as long as a test wants it to."""

import asyncio
from pathlib import Path


async def wait(path: str) -> str:
    while not Path(path).exists():
        await asyncio.sleep(0.01)
    return "done"
'''


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    given = {"providers": [], "interfaces": ["http", "chat"], "targets": ["nginx"]}
    return projects.make(tmp_path_factory.mktemp("front") / "my-agent", given)


@contextmanager
def teller(name: str) -> Iterator[int]:
    """A server that answers with its name and the headers it got; yields its port."""

    class Tell(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"server": name, **{k.lower(): v for k, v in self.headers.items()}})
            self.send_response(429 if self.path == "/v1/busy" else 200)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-Request-ID", self.headers["X-Request-ID"])
            if self.path == "/v1/busy":
                self.send_header("Retry-After", "7")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Tell) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_what_it_says_and_hides(project: Path, tmp_path: Path) -> None:
    with teller("one") as port, nginx.running(project, tmp_path, {"8080": port}) as front:
        moved = front.plain("/v1/runs?x=1")
        assert (moved.status, moved.headers["Location"]) == (308, "https://localhost/v1/runs?x=1")

        forged = {"X_Forwarded_For": "6.6.6.6", "X_Forwarded_Proto": "http"}
        answer = front.ask("GET", "/v1/runs/1", X_Request_ID="mine.1", **forged)
        told = json.load(answer)
        assert (told["x-forwarded-for"], told["x-forwarded-proto"]) == ("127.0.0.1", "https")
        assert told["x-request-id"] == "mine.1"
        assert answer.headers.get_all("X-Request-ID") == ["mine.1"]
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert answer.headers.get_all("X-Content-Type-Options") == ["nosniff"]
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert (
            answer.headers["Server"].startswith("BaseHTTP") or answer.headers["Server"] == "nginx"
        )
        made = json.load(front.ask("GET", "/v1/runs/1", X_Request_ID="not {valid}"))
        assert len(made["x-request-id"]) == 32
        assert '"request_id":"mine.1"' in front.log

        for path in "/metrics", "/health", "/ready", "/live", "/docs", "/openapi.json", "/V1/runs":
            hidden = front.ask("GET", path)
            assert (hidden.status, json.load(hidden)["error"]["code"]) == (404, "http_404")
        for path in "/", "/chat.js", "/chat.css":
            assert front.ask("GET", path).status == 200
        large = front.ask("POST", "/v1/runs", b"x" * 1_000_001)
        assert (large.status, json.load(large)["error"]["code"]) == (413, "http_413")
        busy = front.ask("GET", "/v1/busy")
        assert (busy.status, busy.headers.get_all("Retry-After")) == (429, ["7"])


def test_too_many_and_nobody_there(project: Path, tmp_path: Path) -> None:
    with teller("one") as port, nginx.running(project, tmp_path, {"8080": port}) as front:
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: front.ask("GET", "/v1/runs/1"), range(300)))
        refused = [response for response in found if response.status == 429]
        assert refused and json.load(refused[0])["error"]["code"] == "http_429"
        assert refused[0].headers["Retry-After"] == "1"
        assert sum(response.status == 200 for response in found) >= 41
    (tmp_path / "away").mkdir()
    gone = {"8080": nginx.free_port()}
    with nginx.running(project, tmp_path / "away", gone) as front:
        away = front.ask("POST", "/v1/runs", b"{}")
        assert (away.status, json.load(away)["error"]["code"]) == (503, "http_503")
        assert away.headers["Retry-After"] == "5"


def test_a_caller_stays_with_one_version(project: Path, tmp_path: Path) -> None:
    """The two versions share callers about as told, whichever header has the key."""
    compared = projects.make(tmp_path / "ab", {"targets": ["nginx"]})
    variant = (compared / "nginx/pool-ab.conf").read_text().replace("10%", "50%")
    (compared / "nginx/pool.conf").write_text(variant)
    site = (compared / "nginx/site.conf").read_text()
    (compared / "nginx/site.conf").write_text(site.replace("rate=20r/s", "rate=9999r/s"))
    with ExitStack() as stack:
        ports = {"8080": stack.enter_context(teller("a")), "8090": stack.enter_context(teller("b"))}
        (tmp_path / "run").mkdir()
        front = stack.enter_context(nginx.running(compared, tmp_path / "run", ports))

        def server(**headers: str) -> str:
            return str(json.load(front.ask("GET", "/v1/runs/1", **headers))["server"])

        callers = [{"X_API_Key": f"key{n}"} for n in range(30)]
        callers += [{"Authorization": f"Bearer key{n}"} for n in range(30)]
        first = [server(**caller) for caller in callers]
        assert first == [server(**caller) for caller in callers]
        assert 15 <= Counter(first)["b"] <= 45
        assert len({server() for _ in range(5)}) == 1


@pytest.fixture(scope="module")
def served(project: Path) -> Path:
    """The project, installed, with a workflow that waits for a file."""
    (project / "src/agent/tools/gate.py").write_text(GATE)
    workflow = {
        "version": "1.0.0", "name": "gate",
        "nodes": [{"id": "wait", "kind": "deterministic", "call": "agent.tools.gate:wait",
                   "args": {"path": "input"}}],
    }  # fmt: skip
    (project / "config/workflow.yaml").write_text(yaml.safe_dump(workflow))
    install(project)
    return project


def test_streams_arrive_while_they_happen_and_services_share(served: Path, tmp_path: Path) -> None:
    with ExitStack() as stack:
        agent = [str(served / ".venv/bin/agent"), "serve"]
        both = [stack.enter_context(serve(agent, served)) for _ in range(2)]
        ports = [service.url.rpartition(":")[2] for service in both]
        pool = (served / "nginx/pool.conf").read_text()
        if "8081" not in pool:
            more = "server 127.0.0.1:8080;\n    server 127.0.0.1:8081;"
            (served / "nginx/pool.conf").write_text(pool.replace("server 127.0.0.1:8080;", more))
        used = dict(zip(("8080", "8081"), map(int, ports), strict=True))
        front = stack.enter_context(nginx.running(served, tmp_path, used))

        gate = tmp_path / "open"
        body = json.dumps({"input": str(gate)}).encode()
        kind = {"Content_Type": "application/json"}
        streams = [front.ask("POST", "/v1/runs/stream", body, **kind) for _ in range(4)]
        firsts = [_until(stream.readline, "run_started") for stream in streams]
        assert all(firsts) and not gate.exists()  # no run has ended yet
        gate.touch()
        for stream in streams:
            assert '"done"' in _until(stream.readline, "run_finished")
        busy = Counter(json.loads(line)["server"] for line in _lines(front, 4))
        assert busy == {f"127.0.0.1:{port}": 2 for port in ports}

        queued = front.ask("POST", "/v1/runs/async", body, **kind)
        assert (queued.status, queued.headers["Location"][:9]) == (202, "/v1/runs/")
        assert front.ask("GET", queued.headers["Location"]).status == 200


def _until(read: Callable[[], bytes], event: str) -> str:
    """The stream up to the data of an event."""
    found = ""
    while event not in found or not found.endswith("\n\n"):
        line = read()
        assert line, f"the stream ended before {event}: {found}"
        found += line.decode()
    return found


def _lines(front: nginx.Nginx, count: int) -> list[str]:
    """Of the log about streams: nginx writes one when it has sent the end of the answer."""
    for _ in range(1000):
        lines = [line for line in front.log.splitlines() if "/stream" in line]
        if len(lines) == count:
            return lines
        front.plain("/")
    raise AssertionError(front.log)
