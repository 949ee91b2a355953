import pytest

from agent.errors import ConfigError
from agent.providers import choose_mode
from agent.schemas import Models
from agent.settings import Settings

DEFAULT = {"main": {"model": "openai:gpt", "api_key_env": "SOME_API_KEY"}}
MODELS = Models.model_validate({"version": "1.0.0", "default": "main", "models": DEFAULT})


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("AGENT_PORT", "http", "AGENT_PORT: Input should be a valid integer"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL: Input should be 'DEBUG'"),
        ("AGENT_API_KEYS", "secret", "AGENT_API_KEYS: expected name:secret pairs"),
    ],
)
def test_a_bad_value_names_its_variable(
    name: str, value: str, expected: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as caught:
        Settings.load()
    assert str(caught.value).startswith(expected)


@pytest.mark.parametrize(
    ("env", "asked", "key", "expected"),
    [
        ("development", "auto", "", "offline"),
        ("development", "auto", "your-api-key", "offline"),
        ("development", "auto", "sk-real", "live"),
        ("development", "live", "", "AGENT_MODEL_MODE=live needs a model: set SOME_API_KEY"),
        ("staging", "auto", "", "AGENT_ENV=staging needs a model: set SOME_API_KEY"),
        ("staging", "offline", "", "offline"),
        ("production", "offline", "sk-real", "production refuses the offline model"),
        ("production", "auto", "changeme", "AGENT_ENV=production needs a model"),
        ("production", "auto", "sk-real", "live"),
    ],
)
def test_the_model_mode(
    env: str, asked: str, key: str, expected: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SOME_API_KEY", key)
    try:
        found: str = choose_mode(Settings(env=env, model_mode=asked), MODELS)
    except ConfigError as e:
        found = str(e)
    assert found.startswith(expected)


@pytest.mark.parametrize("keys", ["", "alice:changeme", "alice:your-secret-here"])
def test_production_wants_real_api_keys(keys: str):
    with pytest.raises(ConfigError, match="AGENT_API_KEYS"):
        Settings(env="production", api_keys=keys).check_auth()
