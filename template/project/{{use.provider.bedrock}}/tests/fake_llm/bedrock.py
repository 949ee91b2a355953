"""The Converse API of Amazon Bedrock, whose streams are binary."""

import json
from struct import pack
from typing import Any
from zlib import crc32

PATH = r"/model/(?P<model>[^/]+)/converse(?P<stream>-stream)?"
STREAM_TYPE = "application/vnd.amazon.eventstream"


def complete(model: str, reply: str | tuple[str, dict[str, Any]]) -> dict[str, Any]:
    block: dict[str, Any] = {"text": reply}
    if not isinstance(reply, str):
        block = {"toolUse": {"toolUseId": "c1", "name": reply[0], "input": reply[1]}}
    return {
        "output": {"message": {"role": "assistant", "content": [block]}},
        "stopReason": "end_turn" if isinstance(reply, str) else "tool_use",
        "usage": {"inputTokens": 11, "outputTokens": 7, "totalTokens": 18},
        "metrics": {"latencyMs": 1},
    }


def stream(answer: dict[str, Any]) -> list[dict[str, Any]]:
    at, block = {"contentBlockIndex": 0}, answer["output"]["message"]["content"][0]
    delta, start = block, []
    if tool := block.get("toolUse"):
        named = {key: tool[key] for key in ("toolUseId", "name")}
        start = [{"contentBlockStart": at | {"start": {"toolUse": named}}}]
        delta = {"toolUse": {"input": json.dumps(tool["input"])}}
    return [
        {"messageStart": {"role": "assistant"}},
        *start,
        {"contentBlockDelta": at | {"delta": delta}},
        {"contentBlockStop": at},
        {"messageStop": {"stopReason": answer["stopReason"]}},
        {"metadata": {"usage": answer["usage"], "metrics": answer["metrics"]}},
    ]


def encode(event: dict[str, Any]) -> bytes:
    """One message: the lengths and their checksum, the headers, the payload, the checksum."""
    ((name, content),) = event.items()
    headers = header(":message-type", "event") + header(":event-type", name)
    payload = json.dumps(content).encode()
    lengths = pack("!II", len(headers) + len(payload) + 16, len(headers))
    message = lengths + pack("!I", crc32(lengths)) + headers + payload
    return message + pack("!I", crc32(message))


def header(name: str, value: str) -> bytes:
    text = 7  # the type of the value
    return pack(f"!B{len(name)}sBH", len(name), name.encode(), text, len(value)) + value.encode()
