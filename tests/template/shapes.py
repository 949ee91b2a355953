"""Strict JSON schemas of ours, for the files of programs that cannot be had here."""

from typing import Any

from tests.template.clouds import Schema

TEXT: Schema = {"type": "string", "minLength": 1}
NAMES: Schema = {"type": "array", "items": TEXT, "minItems": 1, "uniqueItems": True}


def table(**properties: Any) -> Schema:
    """An object with just these, all of them."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def items(schema: Schema) -> Schema:
    return {"type": "array", "items": schema, "minItems": 1}
