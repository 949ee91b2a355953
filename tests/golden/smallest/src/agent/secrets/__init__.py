"""Secrets by reference: a variable may say where its secret is instead of holding it.

`env:OTHER` is another variable; `SCHEME://PATH`, or `SCHEME://PATH#KEY` for one key of several, is
read by the module here that is named as the scheme. What was read stays in memory only, until the
process ends.
"""

import importlib
import importlib.util
import json
import os
import re
from collections.abc import Mapping
from typing import Any, Protocol, cast

from agent.errors import ConfigError

_REFERENCE = re.compile(
    r"(?P<scheme>env):(?P<path>\w+)|(?P<store>[a-z]\w*)://(?P<place>[^#]+)(?:#(?P<key>.+))?"
)

known: set[str] = set()  # what no log line may show
supplied: dict[str, str] = {}  # variables that config/provider_credentials.yaml stands in for
_read: dict[str, str] = {}


class Reader(Protocol):
    """A module of this package."""

    def read(self, path: str) -> str | Mapping[str, Any]:
        """The secret of a path, or all that is kept there by key. Raises what goes wrong."""


def variable(name: str) -> str:
    """The secret that a variable holds or refers to; empty if there is none.

    Raises `ConfigError` naming the variable and the reference that cannot be read.
    """
    value = resolve(os.environ.get(name) or supplied.get(name, ""), name)
    known.add(value)
    return value


def is_reference(value: str) -> bool:
    return bool(_REFERENCE.fullmatch(value))


def resolve(value: str, name: str) -> str:
    """What a value of the variable `name` refers to, or the value itself. Raises `ConfigError`.

    Another URL, such as that of a database, is a reference only where a module here has its scheme.
    """
    found = _REFERENCE.fullmatch(value)
    if not found:
        return value
    scheme = found["scheme"] or found["store"]
    if not importlib.util.find_spec(f"{__name__}.{scheme}"):
        if name.endswith("URL") or scheme in ("http", "https"):
            return value
        raise ConfigError(f"{name}: {value}: nothing here reads {scheme}:// references")
    if value not in _read:
        try:
            _read[value] = read(scheme, found["path"] or found["place"], found["key"])
        except Exception as e:  # whatever an SDK raises
            reason = (str(e).splitlines() or [""])[0][:200]
            told = f"{name}: cannot read {value}: {type(e).__name__}: {reason}"
            raise ConfigError(told) from None
    known.add(_read[value])
    return _read[value]


def read(scheme: str, path: str, key: str | None) -> str:
    """Raises whatever goes wrong, and `LookupError` if there is nothing."""
    reader = cast(Reader, importlib.import_module(f"{__name__}.{scheme}"))
    if found := pick(reader.read(path), key).strip():
        return found
    raise LookupError("it is empty")


def pick(found: str | Mapping[str, Any], key: str | None) -> str:
    """One key of what was found, which may be a JSON object, or all of it. Raises `LookupError`."""
    if not key:
        if isinstance(found, str):
            return found
        raise LookupError("say which of its keys, after a #")
    values = json.loads(found) if isinstance(found, str) else found
    if not isinstance(values, Mapping) or key not in values:
        raise LookupError(f"it has no key {key}")
    return str(values[key])
