"""The Gemini API of Google."""

from typing import Any

PATH = r"/v1beta/models/(?P<model>[^:]+):((?P<stream>stream)G|g)enerateContent(\?alt=sse)?"


def complete(model: str, reply: str | tuple[str, dict[str, Any]]) -> dict[str, Any]:
    part: dict[str, Any] = {"text": reply}
    if not isinstance(reply, str):
        part = {"functionCall": {"id": "c1", "name": reply[0], "args": reply[1]}}
    content = {"role": "model", "parts": [part]}
    usage = {"promptTokenCount": 11, "candidatesTokenCount": 7, "totalTokenCount": 18}
    return {
        "responseId": "r1",
        "modelVersion": model,
        "candidates": [{"index": 0, "content": content, "finishReason": "STOP"}],
        "usageMetadata": usage,
    }


def stream(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [answer]
