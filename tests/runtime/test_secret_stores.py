"""Secrets in the stores of AWS, Vault, Azure and Google, which stand-ins for their servers play."""

import base64
import json
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from forgetting import forgotten  # noqa: F401  # it is a fixture

from agent import secrets
from agent.errors import ConfigError

VALUE = "tell-nobody-7f3a"
Answer = Callable[[BaseHTTPRequestHandler, bytes], tuple[int, dict[str, str], object]]


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], ThreadingHTTPServer]]:
    servers: list[ThreadingHTTPServer] = []

    def start(answer: Answer) -> ThreadingHTTPServer:
        class Handler(BaseHTTPRequestHandler):
            def reply(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, headers, data = answer(self, body)
                payload = json.dumps(data).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            do_GET = do_POST = reply

            def log_message(self, *_: object) -> None:
                pass

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return servers[-1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_aws(serve: Callable[[Answer], ThreadingHTTPServer], monkeypatch: pytest.MonkeyPatch):
    kept = {"plain": VALUE, "prod/keys": json.dumps({"openai": VALUE})}

    def answer(request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, dict[str, str], object]:
        assert request.headers["X-Amz-Target"] == "secretsmanager.GetSecretValue"
        name = json.loads(body)["SecretId"]
        if name not in kept:
            told = {"__type": "ResourceNotFoundException", "message": "Secrets Manager has none."}
            return 400, {}, told
        return 200, {}, {"Name": name, "SecretString": kept[name]}

    server = serve(answer)
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", f"http://127.0.0.1:{server.server_port}")
    for name in "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY":
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    assert secrets.resolve("aws://plain", "A_KEY") == VALUE
    assert secrets.resolve("aws://prod/keys#openai", "A_KEY") == VALUE
    with pytest.raises(ConfigError, match="A_KEY: cannot read aws://none: ResourceNotFound"):
        secrets.resolve("aws://none", "A_KEY")


def test_vault(serve: Callable[[Answer], ThreadingHTTPServer], monkeypatch: pytest.MonkeyPatch):
    kept = {
        "/v1/secret/data/agent": {"data": {"key": VALUE}, "metadata": {"version": 3}},
        "/v1/kv1/agent": {"key": VALUE},
    }

    def answer(request: BaseHTTPRequestHandler, _: bytes) -> tuple[int, dict[str, str], object]:
        if request.headers["X-Vault-Token"] != "the-token":
            return 403, {}, {"errors": ["permission denied"]}
        found = kept.get(request.path)
        return (200, {}, {"data": found}) if found else (404, {}, {"errors": []})

    server = serve(answer)
    monkeypatch.setenv("VAULT_ADDR", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("VAULT_TOKEN", "another")
    with pytest.raises(ConfigError, match="A_KEY: cannot read vault://kv1/agent#key: Forbidden"):
        secrets.resolve("vault://kv1/agent#key", "A_KEY")
    monkeypatch.setenv("HELD", "the-token")
    monkeypatch.setenv("VAULT_TOKEN", "env:HELD")
    assert secrets.resolve("vault://secret/data/agent#key", "A_KEY") == VALUE
    assert secrets.resolve("vault://kv1/agent#key", "A_KEY") == VALUE
    for reference, reason in {
        "vault://kv1/agent": "say which of its keys",
        "vault://kv1/agent#other": "it has no key other",
        "vault://kv1/nothing#key": "there is nothing at this path",
    }.items():
        with pytest.raises(ConfigError, match=reason):
            secrets.resolve(reference, "A_KEY")


def test_azure(
    serve: Callable[[Answer], ThreadingHTTPServer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    """The real client over TLS, with the token of a managed identity."""

    def identity(request: BaseHTTPRequestHandler, _: bytes) -> tuple[int, dict[str, str], object]:
        assert request.headers["X-IDENTITY-HEADER"] == "who"
        return 200, {}, {"access_token": "a-token", "expires_on": "9999999999", "resource": "x"}

    def vault(request: BaseHTTPRequestHandler, _: bytes) -> tuple[int, dict[str, str], object]:
        if request.headers["Authorization"] != "Bearer a-token":
            host = f"https://0.0.1:{server.server_port}"
            login = f'Bearer authorization="{host}/tenant", resource="{host}"'
            return 401, {"WWW-Authenticate": login}, {}
        assert request.path.startswith("/secrets/agent-key/")
        return 200, {}, {"value": VALUE, "id": "https://v/secrets/agent-key/1", "attributes": {}}

    server = serve(vault)
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    command += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"http://127.0.0.1:{serve(identity).server_port}/token")
    monkeypatch.setenv("IDENTITY_HEADER", "who")
    place = f"azure://127.0.0.1:{server.server_port}/agent-key"
    assert secrets.resolve(place, "A_KEY") == VALUE


def test_gcp(serve: Callable[[Answer], ThreadingHTTPServer], monkeypatch: pytest.MonkeyPatch):
    """The real client over its REST transport; only its address is ours."""
    from google.auth.credentials import AnonymousCredentials
    from google.cloud.secretmanager_v1 import SecretManagerServiceClient
    from google.cloud.secretmanager_v1.services.secret_manager_service.transports import (
        SecretManagerServiceRestTransport,
    )

    from agent.secrets import gcp

    def answer(request: BaseHTTPRequestHandler, _: bytes) -> tuple[int, dict[str, str], object]:
        data = base64.b64encode(VALUE.encode()).decode()
        name, _, _ = request.path.partition(":access")
        if name != "/v1/projects/p/secrets/key/versions/latest":
            return 404, {}, {"error": {"code": 404, "message": "not found", "status": "NOT_FOUND"}}
        return 200, {}, {"name": name, "payload": {"data": data}}

    transport = SecretManagerServiceRestTransport(
        host=f"127.0.0.1:{serve(answer).server_port}",
        url_scheme="http",
        credentials=AnonymousCredentials(),
    )
    monkeypatch.setattr(gcp, "connect", lambda: SecretManagerServiceClient(transport=transport))
    assert secrets.resolve("gcp://p/key", "A_KEY") == VALUE
    with pytest.raises(ConfigError, match="A_KEY: cannot read gcp://p/key/7: NotFound"):
        secrets.resolve("gcp://p/key/7", "A_KEY")
