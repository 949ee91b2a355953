"""A provider on this machine that speaks the wire format of a real one, and says what it is told.

A format is a module beside this one: the PATH of its requests, `complete(model, reply)` for the
answer, and `stream(answer)` for the same answer as events.
"""

import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import Any

Reply = str | int | tuple[str, dict[str, Any]]


class FakeLLM:
    """`replies` are given in order: a text, a (tool, arguments), or an HTTP status to fail with."""

    def __init__(self, wire: ModuleType, url: str):
        self.wire, self.url = wire, url
        self.requests: list[dict[str, Any]] = []
        self.replies: deque[Reply] = deque()

    def answer(self, path: str, request: dict[str, Any]) -> tuple[int, str, str]:
        """Status, content type and body."""
        self.requests.append(request)
        reply = self.replies.popleft() if self.replies else "hello"
        if path != self.wire.PATH or isinstance(reply, int):
            status = reply if isinstance(reply, int) else 404
            return status, "application/json", json.dumps({"error": {"message": "no", "type": "x"}})
        answer = self.wire.complete(request["model"], reply)
        if not request.get("stream"):
            return 200, "application/json", json.dumps(answer)
        return 200, "text/event-stream", "".join(map(sse, self.wire.stream(answer)))


def sse(event: dict[str, Any] | str) -> str:
    if isinstance(event, str):
        return f"data: {event}\n\n"
    name = f"event: {event['type']}\n" if "type" in event else ""
    return f"{name}data: {json.dumps(event)}\n\n"


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
            self.wfile.write(body.encode())

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
