"""config/provider_credentials.yaml: the keys of providers, where the environment has none."""

import os
import re

from agent import secrets
from agent.errors import ConfigError
from agent.logs import log
from agent.manifests import PRIVATE, Manifests

_VARIABLE = re.compile(r"\$\{(\w+)\}")
HOW = "write ${VARIABLE}, or where the secret is"


def keys(manifests: Manifests) -> dict[str, str]:
    """What the file, or an overlay, says is the key of each provider."""
    given = manifests.provider_credentials.providers.items()
    return {name: access.api_key.get_secret_value() for name, access in given if access.api_key}


def supply(manifests: Manifests) -> None:
    """From now on `secrets.variable` has these keys too."""
    found, given = dict[str, str](), keys(manifests)
    for model in manifests.models.models.values():
        key = given.get(model.provider, "")
        if variable := _VARIABLE.fullmatch(key):
            key = f"env:{variable[1]}" if os.environ.get(variable[1]) else ""
        if key and model.api_key_env:
            found[model.api_key_env] = key
    secrets.supplied.clear()
    secrets.supplied.update(found)
    if (named := plain(manifests)) and manifests.environment != "production":
        log.warning("plain_credentials", providers=named, hint=f"production refuses them: {HOW}")


def plain(manifests: Manifests) -> list[str]:
    """The providers whose key is written out."""
    known = _VARIABLE.fullmatch, secrets.is_reference
    return [name for name, key in keys(manifests).items() if not any(is_(key) for is_ in known)]


def check(manifests: Manifests) -> None:
    """Raises `ConfigError` where a key is written out and this is production."""
    if manifests.environment == "production" and (named := plain(manifests)):
        path = (manifests.folder / PRIVATE).as_posix()
        raise ConfigError(f"{path}: the key of {' and '.join(named)} is written out: {HOW}")
