"""A deterministic model that needs no key and no network.

It says what config/offline.yaml scripts, word by word if streamed, and calls real tools on the way.
What is not scripted gets a sentence that says so, or the simplest value of the output schema.
"""

import re
from collections.abc import AsyncIterator
from typing import Any

from pydantic_ai import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import AgentInfo, DeltaToolCall, FunctionModel

from agent.expressions import render
from agent.schemas import Reply

Part = TextPart | ToolCallPart


class OfflineModel(FunctionModel):
    """`hint` says how to get a real model."""

    def __init__(self, agent: str, replies: list[Reply], hint: str):
        self.agent, self.replies, self.hint = agent, replies, hint
        super().__init__(self._respond, stream_function=self._stream, model_name="offline")

    async def _respond(self, messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        return ModelResponse(parts=[self.part(messages, info)])

    async def _stream(self, messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[Any]:
        part = self.part(messages, info)
        if isinstance(part, TextPart):
            for word in re.findall(r"\S+\s*", part.content):
                yield word
        else:
            args, call_id = part.args_as_json_str(), part.tool_call_id
            yield {0: DeltaToolCall(part.tool_name, args, tool_call_id=call_id)}

    def part(self, messages: list[ModelMessage], info: AgentInfo) -> Part:
        """What the model says next."""
        prompt, results = last_turn(messages)
        output = info.output_tools[0] if info.output_tools else None
        for reply in self.replies:
            match = re.search(reply.when, prompt, re.IGNORECASE | re.DOTALL)
            if match is None:
                continue
            scope = {"prompt": prompt, "results": results, **match.groupdict()}
            if reply.tool and reply.tool not in results:
                return call(reply.tool, fill(reply.args, scope), len(results))
            if reply.output is not None and output:
                return call(output.name, fill(reply.output, scope), len(results))
            if reply.text is not None and info.allow_text_output:
                return TextPart(render(reply.text, scope))
        if output and not info.allow_text_output:
            return call(output.name, sample(output.parameters_json_schema, prompt), len(results))
        return TextPart(
            f"This is the offline model: config/offline.yaml has no reply of {self.agent} to "
            f'"{short(prompt)}". For a real model, {self.hint}.'
        )


def call(name: str, args: Any, number: int) -> ToolCallPart:
    return ToolCallPart(name, args, tool_call_id=f"call_{number}_{name}")


def last_turn(messages: list[ModelMessage]) -> tuple[str, dict[str, Any]]:
    """The newest user prompt, and the results of the tools called since."""
    prompt, results = "", dict[str, Any]()
    for part in (part for message in messages for part in message.parts):
        if part.part_kind == "user-prompt":
            prompt, results = str(part.content), {}
        elif part.part_kind in ("tool-return", "retry-prompt") and part.tool_name:
            results[part.tool_name] = part.content
    return prompt, results


def short(text: str, limit: int = 160) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def fill(value: Any, scope: dict[str, Any]) -> Any:
    """The value with every text in it rendered."""
    if isinstance(value, dict):
        return {k: fill(v, scope) for k, v in value.items()}
    if isinstance(value, list):
        return [fill(v, scope) for v in value]
    return render(value, scope) if isinstance(value, str) else value


def sample(schema: dict[str, Any], prompt: str, defs: dict[str, Any] | None = None) -> Any:
    """A value that fits a JSON schema: the same one every time for the same schema and prompt."""
    defs = schema.get("$defs", {}) if defs is None else defs
    if "$ref" in schema:
        schema = defs[schema["$ref"].rsplit("/", 1)[-1]]
    for options in (schema.get(word) for word in ("enum", "anyOf", "oneOf")):
        if options:
            return options[0] if schema.get("enum") else sample(options[0], prompt, defs)
    properties, kind = schema.get("properties", {}), schema.get("type", "string")
    if kind == "object":
        return {k: sample(properties.get(k, {}), prompt, defs) for k in schema.get("required", [])}
    if kind == "array":
        return [sample(schema.get("items", {}), prompt, defs)] * schema.get("minItems", 1)
    simple = {"integer": schema.get("minimum", 1), "number": schema.get("maximum", 1)}
    simple |= {"boolean": True, "string": short(prompt, schema.get("maxLength", 160))}
    return schema.get("const", simple.get(kind))
