"""The Messages API of Anthropic."""

import json
from typing import Any

PATH = "/v1/messages"


def complete(model: str, reply: str | tuple[str, dict[str, Any]]) -> dict[str, Any]:
    block: dict[str, Any]
    if isinstance(reply, str):
        block, reason = {"type": "text", "text": reply}, "end_turn"
    else:
        block = {"type": "tool_use", "id": "c1", "name": reply[0], "input": reply[1]}
        reason = "tool_use"
    return {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [block],
        "stop_reason": reason,
        "stop_sequence": None,
        "usage": {"input_tokens": 11, "output_tokens": 7},
    }


def stream(answer: dict[str, Any]) -> list[dict[str, Any]]:
    block = answer["content"][0]
    if block["type"] == "text":
        empty, delta = block | {"text": ""}, {"type": "text_delta", "text": block["text"]}
    else:
        empty = block | {"input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
    end = {"stop_reason": answer["stop_reason"], "stop_sequence": None}
    return [
        {"type": "message_start", "message": answer | {"content": [], "stop_reason": None}},
        {"type": "content_block_start", "index": 0, "content_block": empty},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "usage": {"output_tokens": 7}, "delta": end},
        {"type": "message_stop"},
    ]
