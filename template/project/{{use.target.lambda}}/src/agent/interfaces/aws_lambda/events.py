"""Requests and answers as function URLs and HTTP APIs of AWS write them: payload format 2.0."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2

HOP_BY_HOP = {"connection", "content-length", "host", "keep-alive", "transfer-encoding"}
BEFORE_THE_BODY = b"\0" * 8


def is_request(event: dict[str, Any]) -> bool:
    return "http" in event.get("requestContext", {})


def to_request(event: dict[str, Any], base: str) -> httpx2.Request:
    """The request that an event describes, for the server at the URL `base`."""
    headers = {k: v for k, v in event.get("headers", {}).items() if k.lower() not in HOP_BY_HOP}
    if cookies := event.get("cookies"):
        headers["cookie"] = "; ".join(cookies)
    body = (event.get("body") or "").encode()
    content = base64.b64decode(body) if event.get("isBase64Encoded") else body
    query = f"?{event['rawQueryString']}" if event.get("rawQueryString") else ""
    method = event["requestContext"]["http"]["method"]
    return httpx2.Request(method, base + event["rawPath"] + query, headers=headers, content=content)


async def from_response(response: httpx2.Response) -> AsyncIterator[bytes]:
    """The status and headers of an answer, and then its body as it comes."""
    headers = {k: v for k, v in response.headers.items() if k.lower() not in HOP_BY_HOP}
    cookies = response.headers.get_list("set-cookie")
    headers.pop("set-cookie", None)
    about = {"statusCode": response.status_code, "headers": headers, "cookies": cookies}
    yield json.dumps(about).encode() + BEFORE_THE_BODY
    async for piece in response.aiter_raw():
        yield piece
