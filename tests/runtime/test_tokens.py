"""JSON web tokens of an issuer that publishes its keys on a real server."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import ConfigError
from agent.interfaces.http import tokens
from agent.interfaces.http.app import create_app
from agent.service import Service
from agent.settings import Settings

ISSUER, AUDIENCE = "https://issuer.example", "my-agent"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
ASK = {"input": "hi"}


def jwk(key: Any, kid: str, **more: str) -> dict[str, Any]:
    algorithm = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else None
    algorithm = algorithm or jwt.algorithms.ECAlgorithm
    return {**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, **more}


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    good = {"iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "exp": now + 60, "scope": "run approve"}
    return {name: value for name, value in (good | changes).items() if value is not None}


def token(key: Any = RSA, kid: str | None = "one", algorithm: str = "RS256", **changes: Any) -> str:
    headers = {"kid": kid} if kid else None
    return jwt.encode(claims(**changes), key, algorithm, headers)


def encoded(part: bytes) -> str:
    return jwt.utils.base64url_encode(part).decode()


class Issuer:
    """Publishes `keys`, and counts how often it is asked."""

    def __init__(self) -> None:
        self.keys: Any = [jwk(RSA, "one")]
        self.asked = 0
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked += 1
                body = json.dumps({"keys": issuer.keys}).encode()
                self.send_response(200 if issuer.keys else 500)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/jwks.json"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    issuer = Issuer()
    for name, value in ("JWKS_URL", issuer.url), ("JWT_ISSUER", ISSUER), ("JWT_AUDIENCE", AUDIENCE):
        monkeypatch.setenv(f"AGENT_{name}", value)
    yield issuer
    issuer.server.shutdown()
    issuer.server.server_close()


@pytest.fixture
def ask(config: Path, issuer: Issuer) -> Iterator[Callable[..., int]]:
    with TestClient(create_app(Service(Settings.load()))) as client:

        def ask(given: str, path: str = "/v1/runs") -> int:
            headers = {"Authorization": f"Bearer {given}"}
            status: int = client.post(path, json=ASK, headers=headers).status_code
            return status

        yield ask


def test_a_token_is_a_caller(ask, issuer):
    assert ask(token()) == 200
    issuer.keys = [*issuer.keys, jwk(EC, "two")]
    assert [ask(token()) for _ in range(3)] == [200] * 3 and issuer.asked == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": int(time.time()) - 120},
        {"exp": None},
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "alice\nadmin"},
        {"nbf": int(time.time()) + 3600},
    ],
    ids=str,
)
def test_a_token_for_another_time_or_place_is_refused(ask, changes: dict[str, Any]):
    assert ask(token(**changes)) == 401


def test_algorithms_cannot_be_confused(ask, issuer):
    public = RSA.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    shared = {"kty": "oct", "k": "c2VjcmV0", "kid": "shared", "alg": "HS256"}
    issuer.keys = [jwk(RSA, "one"), shared]
    unsigned = {"alg": "none", "typ": "JWT", "kid": "one"}
    head, body = (encoded(json.dumps(part).encode()) for part in (unsigned, claims()))
    confused = encoded(json.dumps(unsigned | {"alg": "HS256"}).encode())
    signed = f"{confused}.{body}".encode()
    symmetric = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    mac = encoded(symmetric.sign(signed, public))
    assert ask(f"{head}.{body}.") == 401
    assert ask(f"{confused}.{body}.{mac}") == 401
    assert ask(jwt.encode(claims(), "secret" * 8, "HS256", {"kid": "shared"})) == 401
    assert ask(jwt.encode(claims(), public.hex(), "HS256", {"kid": "one"})) == 401
    assert ask(token(EC, algorithm="ES256")) == 401  # the key called "one" is another
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert ask(token(stranger)) == 401
    head, body, signature = token().split(".")
    assert ask(f"{head}.{body}.{signature[::-1]}") == 401


def test_keys_are_rotated_and_an_issuer_may_be_away(ask, issuer, monkeypatch):
    issuer.keys = []
    assert ask(token()) == 503  # it does not tell its keys: nobody is let in
    monkeypatch.setattr(tokens, "AGAIN_S", -1)
    issuer.keys = [jwk(RSA, "one")]
    assert ask(token()) == 200
    issuer.keys = [jwk(EC, "two", alg="ES256"), {"kty": "new"}]
    assert ask(token(EC, "two", "ES256")) == 200
    assert ask(token()) == 401  # withdrawn
    issuer.keys = []
    monkeypatch.setattr(tokens, "FRESH_S", -1)
    assert ask(token(EC, "two", "ES256")) == 200


def test_unknown_keys_do_not_flood_the_issuer(ask, issuer):
    assert [ask(token(kid=f"k{n}")) for n in range(20)] == [401] * 20
    assert issuer.asked == 1


def test_scopes_say_what_a_caller_may_do(config, issuer):
    nodes = [{"id": "ask", "kind": "approval", "message": "Send it?"}]
    body = {"version": "1.0.0", "name": "x", "nodes": nodes}
    (config / "workflow.yaml").write_text(json.dumps(body))
    yes = {"ask": {"choice": "approve"}}
    with TestClient(create_app(Service(Settings.load()))) as client:

        def post(path: str, json: Any, **changes: Any) -> Any:
            headers = {"Authorization": f"Bearer {token(**changes)}"}
            return client.post(f"/v1/runs{path}", json=json, headers=headers)

        assert post("", ASK, scope=None).status_code == 403
        assert post("", ASK, scope="openid approve").status_code == 403
        run = post("", ASK, scope="run").json()["id"]
        assert post(f"/{run}/resume", yes, scope="run").status_code == 403
        assert post(f"/{run}/resume", yes, sub="bob").status_code == 404
        done = post(f"/{run}/resume", yes, sub="bob", scope=None, scp=["admin"])
        assert done.status_code == 200 and done.json()["output"]["by"] == "jwt:bob"
        usage = client.get("/v1/usage", headers={"Authorization": f"Bearer {token()}"}).json()
        assert {row["user"] for row in usage} == {"jwt:alice"}


def test_a_key_and_a_token_of_one_name_are_two_callers(config, issuer, monkeypatch):
    monkeypatch.setenv("AGENT_API_KEYS", "alice:s3cret,ops:swordfish")
    policies = "policies: {callers: {alice: [run], ops: [admin]}}\n"
    (config / "environments/development.yaml").write_text(policies)
    with TestClient(create_app(Service(Settings.load()))) as client:
        bearer = {"Authorization": f"Bearer {token()}"}
        run = client.post("/v1/runs", json=ASK, headers=bearer).json()["id"]
        keys = {name: {"X-API-Key": name} for name in ("s3cret", "swordfish")}
        assert client.get(f"/v1/runs/{run}", headers=keys["s3cret"]).status_code == 404
        assert client.get(f"/v1/runs/{run}", headers=keys["swordfish"]).status_code == 200
        resume = f"/v1/runs/{run}/resume"
        assert client.post(resume, json={}, headers=keys["s3cret"]).status_code == 403
        rows = client.get("/v1/usage", headers=keys["swordfish"]).json()
        assert {row["user"] for row in rows} == {"jwt:alice"}


@given(st.text() | st.from_regex(r"[\w-]+\.[\w-]*\.[\w-]*", fullmatch=True))
def test_no_text_is_a_token(text: str):
    with pytest.raises((jwt.PyJWTError, tokens.Unavailable)):
        asyncio.run(tokens.Tokens(Settings()).claims(text))


@pytest.mark.parametrize("name", ["AGENT_JWT_ISSUER", "AGENT_JWT_AUDIENCE", "AGENT_JWKS_URL"])
def test_half_a_setting_is_refused(issuer, monkeypatch, name: str):
    monkeypatch.delenv(name)
    with pytest.raises(ConfigError, match="go together"):
        Settings.load().check_auth()


def test_keys_come_over_a_safe_way(monkeypatch):
    monkeypatch.setenv("AGENT_JWKS_URL", "http://issuer.example/jwks.json")
    with pytest.raises(ConfigError, match="AGENT_JWKS_URL"):
        Settings.load()
