"""Secrets by reference: where they come from, and that errors never tell them."""

import ast
import base64
import json
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import structlog

from agent import Engine, secrets
from agent.errors import ConfigError
from agent.settings import Settings

VALUE = "tell-nobody-7f3a"
Answer = Callable[[BaseHTTPRequestHandler, bytes], tuple[int, dict[str, str], object]]


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What one test has read, another one has not."""
    stores = secrets.known, secrets.supplied, secrets._read
    for store in stores:
        store.clear()
    yield
    for store in stores:
        store.clear()


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


def test_a_variable_holds_a_secret_or_says_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "key").write_text(f"{VALUE}\n")
    (tmp_path / "keys.json").write_text(json.dumps({"main": VALUE}))
    monkeypatch.setenv("OTHER", VALUE)
    for held in VALUE, "env:OTHER", f"file://{tmp_path}/key", f"file://{tmp_path}/keys.json#main":
        monkeypatch.setenv("SOME_API_KEY", held)
        assert secrets.variable("SOME_API_KEY") == VALUE
    assert secrets.variable("NOT_SET") == ""


def test_settings_take_references(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "bob").write_text(VALUE)
    (tmp_path / "url").write_text("sqlite:///elsewhere.db")
    monkeypatch.setenv("ALICE", "open-sesame")
    monkeypatch.setenv("AGENT_API_KEYS", f"alice:env:ALICE,bob:file://{tmp_path}/bob,carol:plain")
    monkeypatch.setenv("AGENT_STORE_URL", f"file://{tmp_path}/url")
    settings = Settings.load()
    held = {name: secret.get_secret_value() for name, secret in settings.api_keys.items()}
    assert held == {"alice": "open-sesame", "bob": VALUE, "carol": "plain"}
    assert settings.store_url == "sqlite:///elsewhere.db"
    (tmp_path / "all").write_text(f"dave:{VALUE}\n")
    monkeypatch.setenv("AGENT_API_KEYS", f"file://{tmp_path}/all")
    assert Settings.load().api_keys["dave"].get_secret_value() == VALUE


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ("file:///no/such/file", "cannot read file:///no/such/file: FileNotFoundError"),
        ("env:NOBODY", "cannot read env:NOBODY: LookupError: NOBODY is not set"),
        ("file://{}/json#other", "LookupError: it has no key other"),
        ("file://{}/empty", "LookupError: it is empty"),
        ("nowhere://x", "nowhere://x: nothing here reads nowhere:// references"),
    ],
)
def test_an_error_says_which_variable_and_reference_but_not_the_value(
    held: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "json").write_text(json.dumps({"main": VALUE}))
    (tmp_path / "empty").write_text("\n")
    monkeypatch.setenv("SOME_API_KEY", held.format(tmp_path))
    with pytest.raises(ConfigError) as caught:
        secrets.variable("SOME_API_KEY")
    assert str(caught.value).startswith("SOME_API_KEY: ") and expected in str(caught.value)
    assert VALUE not in str(caught.value)


def test_a_database_is_no_reference(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AGENT_STORE_URL", "postgresql://agent@db/agent")
    assert Settings.load().store_url == "postgresql://agent@db/agent"


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


CREDENTIALS = "version: 1.0.0\nproviders:\n  openai:\n    api_key: {}\n"


@pytest.mark.parametrize("held", ["${MY_KEY}", "env:MY_KEY", VALUE])
def test_provider_credentials_stand_in_for_the_environment(
    held: str, config: Path, monkeypatch: pytest.MonkeyPatch
):
    (config / "provider_credentials.yaml").write_text(CREDENTIALS.format(held))
    monkeypatch.setenv("AGENT_MODEL_MODE", "auto")
    monkeypatch.setenv("MY_KEY", VALUE)
    with structlog.testing.capture_logs() as told:
        engine = Engine.from_config_dir(config)
    assert engine.mode == "live" and secrets.variable("OPENAI_API_KEY") == VALUE
    assert "provider_credentials.yaml" not in engine.metadata.manifest_hashes
    assert ("plain_credentials" in str(told)) == (held == VALUE)
    assert VALUE not in str(told)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine")
    assert secrets.variable("OPENAI_API_KEY") == "sk-mine"  # the environment wins


def test_a_variable_that_is_not_set_leaves_the_offline_model(
    config: Path, monkeypatch: pytest.MonkeyPatch
):
    (config / "provider_credentials.yaml").write_text(CREDENTIALS.format("${MY_KEY}"))
    monkeypatch.setenv("AGENT_MODEL_MODE", "auto")
    assert Engine.from_config_dir(config).mode == "offline"


def test_a_misspelt_provider_is_named(config: Path):
    (config / "provider_credentials.yaml").write_text(
        CREDENTIALS.format("${A}").replace("openai", "opnai")
    )
    with pytest.raises(ConfigError, match='unknown provider "opnai", did you mean "openai"'):
        Engine.from_config_dir(config)


def test_nothing_is_imported_that_is_not_used():
    script = "import sys, agent.engine; print(sorted(m.partition('.')[0] for m in sys.modules))"
    told = subprocess.check_output([sys.executable, "-c", script], text=True)
    assert not {"boto3", "google", "azure", "hvac"} & set(ast.literal_eval(told))
