"""vault://PATH#KEY is a key of what `vault read PATH` shows, such as secret/data/agent#api_key.

The address is in VAULT_ADDR, the token in VAULT_TOKEN, which may be a reference too.
"""

from collections.abc import Mapping
from typing import Any

from agent.secrets import variable


def read(path: str) -> Mapping[str, Any]:
    import hvac  # type: ignore[import-untyped]

    found = hvac.Client(token=variable("VAULT_TOKEN") or None).read(path)
    if not found:
        raise LookupError("there is nothing at this path")
    data: Mapping[str, Any] = found["data"]
    inner = data.get("data")  # of version 2 of the key-value engine
    return inner if isinstance(inner, Mapping) and "metadata" in data else data
