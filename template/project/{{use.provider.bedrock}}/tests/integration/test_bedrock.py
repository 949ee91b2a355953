import os
from typing import ClassVar

import pytest

from fake_llm import bedrock
from fake_llm.contract import ProviderContract

VARIABLES = {
    "region_name": "FAKE_REGION",
    "aws_access_key_id": "FAKE_API_KEY",
    "aws_secret_access_key": "FAKE_API_KEY",
}


class TestBedrock(ProviderContract):
    wire = bedrock
    model = "bedrock:global.anthropic.claude-sonnet-5-5"
    connection: ClassVar = {"base_url_env": "FAKE_BASE_URL", "provider_env": VARIABLES}
    attempts = 1

    @pytest.fixture(autouse=True)
    def environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("FAKE_REGION", "eu-central-1")
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", str(self.attempts))
