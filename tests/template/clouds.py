"""What Google, Microsoft and Fly.io take, as JSON schemas."""

import importlib
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import googleapiclient
import jsonschema
import yaml

from tests.template import projects

TARGETS = ["cloudrun", "fly", "azure", "heroku"]
BASE = {"targets": ["docker", *TARGETS], "interfaces": list(projects.CATALOG["interface"])}
PLAIN = {"str": "string", "int": "integer", "long": "integer", "float": "number", "bool": "boolean"}
Schema = dict[str, Any]


def make(folder: Path, **given: Any) -> Path:
    everything = BASE | {"providers": list(projects.CATALOG["provider"])}
    return projects.make(folder, everything | given)


def read(project: Path, name: str) -> Any:
    text = (project / name).read_text()
    return tomllib.loads(text) if name.endswith(".toml") else yaml.safe_load(text)


def check(schema: Schema, document: Any) -> list[str]:
    errors = jsonschema.Draft202012Validator(schema).iter_errors(document)
    return [f"{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in errors]


def google(kind: str = "Service") -> Schema:
    """What Cloud Run runs, by Google's own description of its interface."""
    folder = Path(googleapiclient.__file__).parent / "discovery_cache/documents"
    found = json.loads((folder / "run.v1.json").read_text())["schemas"]
    schemas = {name: _discovered(schema) for name, schema in found.items()}
    return {"$ref": f"#/$defs/{kind}", "$defs": schemas}


def google_annotations() -> dict[str, set[str]]:
    """The annotations that Google knows, and what may have each: a Service, a Revision ..."""
    folder = Path(googleapiclient.__file__).parent / "discovery_cache/documents"
    meta = json.loads((folder / "run.v1.json").read_text())["schemas"]["ObjectMeta"]
    text = meta["properties"]["annotations"]["description"]
    return {
        name: set(re.findall(r"\w+", where))
        for name, where in re.findall(r"\* `(\S+)`: ([^*.]+)", text)
    }


def _discovered(given: Schema) -> Schema:
    if "$ref" in given:
        return {"$ref": f"#/$defs/{given['$ref']}"}
    schema: Schema = {"type": given["type"]} if "type" in given else {}
    if "enum" in given:
        schema["enum"] = given["enum"]
    if given.get("type") == "array":
        schema["items"] = _discovered(given["items"])
    if "properties" in given:
        schema["properties"] = {k: _discovered(v) for k, v in given["properties"].items()}
        schema["additionalProperties"] = False
    elif isinstance(given.get("additionalProperties"), dict):
        schema["additionalProperties"] = _discovered(given["additionalProperties"])
    return schema


def azure(package: str, root: str) -> Schema:
    """A resource of Azure, by the models of Microsoft's own client."""
    models = importlib.import_module(f"azure.mgmt.{package}.models")
    schema = _model(getattr(models, root), models)
    schema["properties"] |= {"apiVersion": {"type": "string"}}
    return schema


def _model(model: Any, models: Any) -> Schema:
    """Its attributes, each with the path where it is in the resource."""
    schema: Schema = {"type": "object", "properties": {}, "additionalProperties": False}
    for field, attribute in model._attribute_map.items():
        *path, name = attribute["key"].replace("\\.", "\0").split(".")
        at = schema
        for step in path:
            new = {"type": "object", "properties": {}, "additionalProperties": False}
            at = at["properties"].setdefault(step, new)
        at["properties"][name.replace("\0", ".")] = _choice(model, field, models) or _attribute(
            attribute["type"], models
        )
    needed = [k for k, v in model._validation.items() if v.get("required")]
    if needed:
        schema["required"] = [model._attribute_map[k]["key"].split(".")[0] for k in needed]
    return schema


def _choice(model: Any, field: str, models: Any) -> Schema | None:
    """The values that the documentation of the model names, if it does."""
    found = re.search(rf":vartype {field}: str\s+or\s+~[\w.]+?\.(\w+)$", model.__doc__ or "", re.M)
    return {"enum": [one.value for one in getattr(models, found[1])]} if found else None


def _attribute(kind: str, models: Any) -> Schema:
    if kind.startswith("["):
        return {"type": "array", "items": _attribute(kind[1:-1], models)}
    if kind.startswith("{"):
        return {"type": "object", "additionalProperties": _attribute(kind[1:-1], models)}
    if kind in PLAIN:
        return {"type": PLAIN[kind]}
    return _model(getattr(models, kind), models) if hasattr(models, kind) else {}


def _table(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False}


_TEXT: Schema = {"type": "string", "minLength": 1}
_SECONDS: Schema = {"type": "string", "pattern": r"^\d+s$"}
_PORT: Schema = {"type": "integer", "minimum": 1, "maximum": 65535}
_GROUPS: Schema = {"type": "array", "items": _TEXT, "minItems": 1}
_PROBE = {"method": {"enum": ["GET"]}, "path": {"pattern": "^/"}}
_PROBE |= dict.fromkeys(("interval", "timeout", "grace_period"), _SECONDS)

# The part of flyctl's own configuration (internal/appconfig) that a project has use for.
FLY = _table(
    app={"type": "string", "pattern": "^[a-z][a-z0-9-]{0,29}$"},
    primary_region={"type": "string", "pattern": "^[a-z]{3}$"},
    kill_signal={"enum": ["SIGTERM", "SIGINT"]},
    kill_timeout=_SECONDS,
    env={"type": "object", "additionalProperties": {"type": "string"}},
    processes={"type": "object", "additionalProperties": _TEXT},
    http_service=_table(
        processes=_GROUPS,
        internal_port=_PORT,
        force_https={"const": True},
        auto_stop_machines={"enum": ["off", "stop", "suspend"]},
        auto_start_machines={"type": "boolean"},
        min_machines_running={"type": "integer", "minimum": 0},
        concurrency=_table(
            type={"enum": ["requests", "connections"]},
            soft_limit={"type": "integer"},
            hard_limit={"type": "integer"},
        ),
        checks={"type": "array", "items": _table(**_PROBE)},
    ),
    checks={
        "type": "object",
        "additionalProperties": _table(
            processes=_GROUPS, type={"enum": ["http", "tcp"]}, port=_PORT, **_PROBE
        ),
    },
    metrics={"type": "array", "items": _table(port=_PORT, path={"pattern": "^/"})},
    deploy=_table(strategy={"enum": ["rolling", "immediate", "canary", "bluegreen"]}),
    restart={
        "type": "array",
        "items": _table(
            policy={"enum": ["always", "never", "on-failure"]}, retries={"type": "integer"}
        ),
    },
    vm={
        "type": "array",
        "items": _table(
            cpu_kind={"enum": ["shared", "performance"]}, cpus={"enum": [1, 2, 4, 8, 16]},
            memory={"type": "string", "pattern": r"^\d+(mb|gb)$"},
        ),
    },
    mounts={
        "type": "array",
        "items": _table(source=_TEXT, destination={"pattern": "^/"}, initial_size=_TEXT),
    },
)  # fmt: skip
