"""The manifests' JSON schemas for editors, a line for each field and definition."""

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from agent import interfaces
from agent.schemas import AgentFile, Config


class _Generator(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:
        return False  # the name of the field says it


def render_all() -> dict[str, str]:
    """The text of every schema by the name of its file."""
    manifests = {name: field.annotation for name, field in Config.model_fields.items()}
    manifests["agent"] = AgentFile  # of the files in agents/
    manifests |= interfaces.manifests()
    return {f"{name}.schema.json": render(manifest) for name, manifest in manifests.items()}


def render(manifest: Any) -> str:
    schema = manifest.model_json_schema(schema_generator=_Generator)
    lines = [f'"{key}": {_block(key, value)}' for key, value in sorted(schema.items())]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _block(key: str, value: Any) -> str:
    if key not in ("$defs", "properties"):
        return json.dumps(value)
    return "{\n" + ",\n".join(f'  "{k}": {json.dumps(v)}' for k, v in value.items()) + "\n}"
