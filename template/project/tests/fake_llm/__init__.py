"""A provider on this machine that speaks the wire format of a real one, and says what it is told.

A format is a module beside this one: the PATH of its requests, a regular expression that may name
the `model` and whether to `stream`; `complete(model, reply)` for the answer, and `stream(answer)`
for the same answer as events; `encode(event)` and their STREAM_TYPE if those are not SSE.
"""

import json
import re
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import Any
from urllib.parse import unquote

Reply = str | int | tuple[str, dict[str, Any]]


class FakeLLM:
    """`replies` are given in order: a text, a (tool, arguments), or an HTTP status to fail with."""

    def __init__(self, wire: ModuleType, url: str):
        self.wire, self.url = wire, url
        self.requests: list[dict[str, Any]] = []
        self.replies: deque[Reply] = deque()

    def answer(self, path: str, request: dict[str, Any]) -> tuple[int, str, bytes]:
        """Status, content type and body."""
        found = re.fullmatch(self.wire.PATH, unquote(path))
        request |= {k: v for k, v in found.groupdict().items() if v} if found else {}
        self.requests.append(request)
        reply = self.replies.popleft() if self.replies else "hello"
        if not found or isinstance(reply, int):
            status = reply if isinstance(reply, int) else 404
            error = {"error": {"message": "no", "type": "x"}}
            return status, "application/json", json.dumps(error).encode()
        answer = self.wire.complete(request["model"], reply)
        if not request.get("stream"):
            return 200, "application/json", json.dumps(answer).encode()
        encode = getattr(self.wire, "encode", sse)
        content_type = getattr(self.wire, "STREAM_TYPE", "text/event-stream")
        return 200, content_type, b"".join(map(encode, self.wire.stream(answer)))


def sse(event: dict[str, Any] | str) -> bytes:
    if isinstance(event, str):
        return f"data: {event}\n\n".encode()
    name = f"event: {event['type']}\n" if "type" in event else ""
    return f"{name}data: {json.dumps(event)}\n\n".encode()


@contextmanager
def serve(wire: ModuleType) -> Iterator[FakeLLM]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, content_type, body = fake.answer(self.path, request)
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("retry-after-ms", "1")  # SDKs wait as long as they are told
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        fake = FakeLLM(wire, f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
