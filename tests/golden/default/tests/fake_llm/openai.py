"""The Responses API of OpenAI."""

import json
from typing import Any

PATH = "/v1/responses"


def complete(model: str, reply: str | tuple[str, dict[str, Any]]) -> dict[str, Any]:
    item: dict[str, Any]
    if isinstance(reply, str):
        content = {"type": "output_text", "text": reply, "annotations": []}
        item = {"type": "message", "id": "m1", "role": "assistant", "content": [content]}
    else:
        item = {"type": "function_call", "id": "f1", "call_id": "c1", "name": reply[0]}
        item["arguments"] = json.dumps(reply[1])
    usage = {"input_tokens": 11, "output_tokens": 7, "total_tokens": 18}
    usage_details = {
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    }
    return {
        "id": "r1",
        "object": "response",
        "created_at": 0,
        "model": model,
        "status": "completed",
        "output": [item | {"status": "completed"}],
        "usage": usage | usage_details,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }


def stream(answer: dict[str, Any]) -> list[dict[str, Any]]:
    item, at = answer["output"][0], {"output_index": 0}
    started = answer | {"output": [], "status": "in_progress"}
    events = [
        {"type": "response.created", "response": started},
        {"type": "response.output_item.added", "item": item | {"content": []}, **at},
    ]
    if item["type"] == "message":
        text = item["content"][0]["text"]
        at = at | {"item_id": item["id"], "content_index": 0, "logprobs": []}
        part = item["content"][0] | {"text": ""}
        events += [
            {"type": "response.content_part.added", "part": part, **at},
            {"type": "response.output_text.delta", "delta": text, **at},
            {"type": "response.output_text.done", "text": text, **at},
        ]
    events += [
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": answer},
    ]
    return [event | {"sequence_number": i} for i, event in enumerate(events)]
