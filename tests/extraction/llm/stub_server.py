"""A server on loopback that speaks as much of the OpenAI protocol as is needed."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Respond = Callable[[str, int], "Response | dict[str, Any] | str"]


class Response:
    """Anything that is no ordinary answer."""

    def __init__(self, status: int, body: bytes = b"{}", **headers: str) -> None:
        self.status = status
        self.body = body
        self.headers = headers


class Stub:
    """What was asked, and how it answers: `respond(passage, number of the request)`."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.address = ""
        self.under_way = self.most_under_way = 0
        self.lock = threading.Lock()

    def passages(self) -> list[str]:
        """The passages that were asked about, in order."""
        return [json.loads(r["messages"][1]["content"])["passage"] for r in self.requests]


def completion(content: str, tokens: int = 50) -> bytes:
    return json.dumps(
        {
            "id": "x",
            "object": "chat.completion",
            "created": 0,
            "model": "stub",
            "choices": [
                {"index": 0, "finish_reason": "stop",
                 "message": {"role": "assistant", "content": content}}
            ],
            "usage": {"prompt_tokens": tokens, "completion_tokens": 0, "total_tokens": tokens},
        }
    ).encode()  # fmt: skip


@contextmanager
def serve(respond: Respond) -> Iterator[Stub]:
    stub = Stub(respond)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with stub.lock:
                stub.requests.append(request)
                stub.headers.append({k.lower(): v for k, v in self.headers.items()})
                number = len(stub.requests)
                stub.under_way += 1
                stub.most_under_way = max(stub.most_under_way, stub.under_way)
            passage = json.loads(request["messages"][1]["content"])["passage"]
            answer = stub.respond(passage, number)
            with stub.lock:
                stub.under_way -= 1
            if isinstance(answer, dict):
                answer = json.dumps(answer, ensure_ascii=False)
            if isinstance(answer, str):
                answer = Response(200, completion(answer))
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer.body)))
            for name, value in answer.headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            try:
                self.wfile.write(answer.body)
            except OSError:
                self.close_connection = True  # the client has read enough

        def log_message(self, format: str, *args: Any) -> None:
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stub.address = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
