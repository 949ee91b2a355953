"""From a model's entry in models.yaml to its provider's SDK, which is imported only by `build`."""

import re
from importlib import metadata
from importlib.util import find_spec
from typing import Any

from pydantic_ai import ModelResponse, RequestUsage
from pydantic_ai.models import Model, infer_model
from pydantic_ai.providers import Provider, infer_provider_class

from agent import secrets
from agent.schemas import ModelDef

LIBRARY = "pydantic-ai-slim"


def build(model: ModelDef) -> Model:
    """Raises whatever the SDK makes of the model's options."""

    def connect(provider: str) -> Provider[Any]:
        arguments = {name: secrets.variable(variable) for name, variable in model.variables.items()}
        return infer_provider_class(provider)(**arguments)

    return infer_model(model.model, connect)


def check(model: ModelDef) -> None:
    """Raises `ValueError` for an unknown provider, `ImportError` if its packages are missing."""
    provider, name = model.model.partition(":")[0], model.provider
    if not find_spec(f"pydantic_ai.providers.{name.replace('-', '_')}"):
        infer_provider_class(provider)  # a second name of a provider, or a wrong one
    elif lacking := missing_packages(name):
        extra = f"{LIBRARY}[{extra_of(name)}]"
        raise ImportError(f"{', '.join(lacking)} is not installed: pyproject.toml needs {extra}")


def has_price(model: ModelDef) -> bool:
    """Whether the library knows what the model costs; only then a budget in USD counts it."""
    name, usage = model.model.partition(":")[2], RequestUsage(input_tokens=1, output_tokens=1)
    asked = ModelResponse([], model_name=name, provider_name=model.provider, usage=usage)
    try:
        return bool(asked.cost())
    except LookupError:
        return False


def missing_packages(provider: str) -> list[str]:
    """Those that the library wants for this provider and that are not installed."""
    mark = re.compile(rf"""([\w.-]+).*\bextra == ['"]{extra_of(provider)}['"]""")
    wanted = [found[1] for line in metadata.requires(LIBRARY) or [] if (found := mark.match(line))]
    return [name for name in wanted if not installed(name)]


def extra_of(provider: str) -> str:
    """The extra of the library that has a provider's SDK; most speak with that of OpenAI."""
    extras = metadata.metadata(LIBRARY).get_all("Provides-Extra") or []
    return next((e for e in (provider, provider.partition("-")[0]) if e in extras), "openai")


def installed(package: str) -> bool:
    try:
        return bool(metadata.version(package))
    except metadata.PackageNotFoundError:
        return False
