"""Settings that a service manager hands over as a file instead of in the environment."""

import os
from pathlib import Path

import pytest

from agent.settings import Settings


def test_a_credential_is_read_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials/.env").write_text("AGENT_PORT=81\nAGENT_ENV=staging\nSOME_API_KEY=x\n")
    (tmp_path / ".env").write_text("AGENT_PORT=82\nAGENT_HOST=::1\n")
    environment = dict(os.environ) | {"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}
    monkeypatch.setattr(os, "environ", environment | {"AGENT_ENV": "production"})
    settings = Settings.load()
    assert (settings.port, settings.host, settings.env) == (81, "::1", "production")
    assert os.environ["SOME_API_KEY"] == "x"
