"""From config/models.yaml to models that answer.

offline.py is the model that is always there; live.py are the others, breaker.py what protects them,
and sdks.py the only module that knows of provider SDKs.
"""

from typing import Any, Literal, cast

from pydantic_ai.settings import ModelSettings

from agent import schemas as s
from agent import secrets
from agent.errors import ConfigError
from agent.logs import log
from agent.settings import Settings, is_placeholder

Mode = Literal["offline", "live"]


def missing(model: s.ModelDef) -> list[str]:
    """The variables that a model needs and that hold nothing, or what a template put there.

    Raises `ConfigError` if a secret cannot be read.
    """
    names = model.variables.values()
    return [name for name in names if is_placeholder(secrets.variable(name))]


def how_to_go_live(models: s.Models) -> str:
    if model := models.models.get(models.default):
        return f"set {' and '.join(missing(model)) or 'AGENT_MODEL_MODE=live'} (see .env.template)"
    return "add one to config/models.yaml and make it the default"


def choose_mode(settings: Settings, models: s.Models) -> Mode:
    """What AGENT_MODEL_MODE means here. Raises `ConfigError` where it asks for the impossible."""
    default = models.models.get(models.default)
    configured = default is not None and not missing(default)
    mode: Mode = "live" if configured else "offline"
    if settings.model_mode != "auto":
        mode = settings.model_mode
    elif mode == "offline" and settings.development:
        log.warning("offline_model", hint=f"for a real model, {how_to_go_live(models)}")
    elif mode == "offline":
        raise ConfigError(f"AGENT_ENV={settings.env} needs a model: {how_to_go_live(models)}")
    if mode == "live" and not configured:
        raise ConfigError(f"AGENT_MODEL_MODE=live needs a model: {how_to_go_live(models)}")
    if mode == "offline" and settings.production:
        raise ConfigError("production refuses the offline model: set AGENT_MODEL_MODE=live")
    return mode


def options(*given: s.ModelOptions) -> ModelSettings:
    """Model settings as the library wants them; later ones win."""
    merged: dict[str, Any] = {}
    for one in given:
        merged |= one.model_dump(exclude={"extra"}, exclude_none=True) | one.extra
    return cast(ModelSettings, merged)
