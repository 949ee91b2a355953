"""The chat completions of Ollama, which are those of OpenAI and of many others."""

import json
from typing import Any

PATH = "/v1/chat/completions"


def complete(model: str, reply: str | tuple[str, dict[str, Any]]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply}
    if not isinstance(reply, str):
        function = {"name": reply[0], "arguments": json.dumps(reply[1])}
        call = {"index": 0, "id": "c1", "type": "function", "function": function}
        message |= {"content": None, "tool_calls": [call]}
    reason = "stop" if isinstance(reply, str) else "tool_calls"
    return {
        "id": "x",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    }


def stream(answer: dict[str, Any]) -> list[dict[str, Any] | str]:
    choice, chunk = answer["choices"][0], answer | {"object": "chat.completion.chunk"}
    delta = {"index": 0, "delta": choice["message"], "finish_reason": None}
    end = {"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}
    return [
        chunk | {"choices": [delta], "usage": None},
        chunk | {"choices": [end], "usage": None},
        chunk | {"choices": []},
        "[DONE]",
    ]
