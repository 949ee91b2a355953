"""The models that config/models.yaml comes with: each works as it is written there."""

import json
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from pydantic_ai.models import override_allow_model_requests

from agent.engine import Engine
from agent.providers import sdks
from agent.run import Run
from agent.schemas import ModelDef
from agent.settings import Settings
from conftest import PROJECT
from fake_llm import serve

SHIPPED = yaml.safe_load((PROJECT / "config/models.yaml").read_text())["models"]
BASES = {"openai": "/v1", "ollama": "/v1", "azure": "/openai/v1"}
SAID = {"region_name": "eu-central-1"}


@pytest.mark.anyio
@pytest.mark.parametrize("name", SHIPPED)
async def test_it_answers(name: str, config: Path, monkeypatch: pytest.MonkeyPatch):
    for variable in "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY":
        monkeypatch.setenv(variable, "test")
    with serve(import_module(f"fake_llm.{name}")) as fake, override_allow_model_requests(True):
        url, model = fake.url + BASES.get(name, ""), dict(SHIPPED[name])
        if name != "azure":
            model["base_url_env"] = "FAKE_BASE_URL"
        urls = dict.fromkeys(["base_url", "azure_endpoint"], url)
        for argument, variable in ModelDef(**model).variables.items():
            monkeypatch.setenv(variable, (SAID | urls).get(argument, "sk-test"))
        files = {
            "models": {"default": name, "models": {name: model}},
            "agents": {"agents": {"talker": {}}},
            "workflow": {"name": "x", "nodes": [{"id": "a", "kind": "agent", "agent": "talker"}]},
            "policies": {"budget": {"cost_usd": None}},
            "offline": {},
        }
        for file, content in files.items():
            (config / f"{file}.yaml").write_text(json.dumps({"version": "1.0.0"} | content))
        engine = Engine.from_config_dir(config, settings=Settings(model_mode="live"))
        assert (await engine.execute(Run(input="hi"))).output == "hello"
        assert "4000" in json.dumps(fake.requests)


@pytest.mark.parametrize("name", SHIPPED)
def test_its_price_is_known_unless_it_runs_here(name: str):
    assert sdks.has_price(ModelDef(**SHIPPED[name])) == (name != "ollama")
