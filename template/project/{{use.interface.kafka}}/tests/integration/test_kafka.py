"""The Kafka consumer, without a broker: what it says when it cannot start."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({"KAFKA_BOOTSTRAP_SERVERS": ""}, "KAFKA_BOOTSTRAP_SERVERS: Field required"),
        ({"KAFKA_SECURITY_PROTOCOL": "TLS"}, "KAFKA_SECURITY_PROTOCOL: Input should be"),
        ({"KAFKA_BOOTSTRAP_SERVERS": "localhost"}, "KAFKA_BOOTSTRAP_SERVERS: String should match"),
        ({"KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}, "KAFKA_SECURITY_PROTOCOL=SASL_SSL needs KAFKA_"),
        ({}, "KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:1: "),
    ],
)
def test_it_says_what_is_missing(config, monkeypatch, env: dict[str, str], sentence: str):
    for name, value in ({"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"} | env).items():
        monkeypatch.setenv(name, value)
    command = [sys.executable, "-m", "agent", "kafka"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1 and f"error: {sentence}" in done.stderr
    assert "Traceback" not in done.stderr
