"""A web server of byte ranges that counts what it is asked for, and misbehaves on request."""

import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class Request(NamedTuple):
    """What was asked for; `start` and `stop` are None without a range."""

    method: str
    path: str
    start: int | None
    stop: int | None
    headers: dict[str, str]


@dataclass
class Server:
    """What is served, what was asked for, and what goes wrong."""

    url: str
    content: dict[str, bytes] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    # The answers to the next requests are these statuses, as long as there are some.
    failures: list[int] = field(default_factory=list)
    ignores_ranges: bool = False
    # Bodies end so many bytes early; announced are all of them, unless `announces_less`.
    missing_bytes: int = 0
    announces_less: bool = False
    etags: dict[str, str] = field(default_factory=dict)
    heeds_if_match: bool = True
    # The most requests that were under way at a time.
    most_at_once: int = 0
    # Answers wait here until so many have come.
    gate: threading.Barrier | None = None
    # Set by each request, before its answer may have to wait.
    arrived: threading.Event = field(default_factory=threading.Event)

    def put(self, name: str, content: bytes, etag: str | None = '"1"') -> str:
        """The URL of an object that is served from now on."""
        self.content[f"/{name}"] = content
        if etag is None:
            self.etags.pop(f"/{name}", None)
        else:
            self.etags[f"/{name}"] = etag
        return f"{self.url}/{name}"

    @contextmanager
    def counted(self):
        """A list that gets the requests of the block."""
        before = len(self.requests)
        made = []
        yield made
        made += self.requests[before:]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    served: Server
    lock: threading.Lock
    under_way = 0

    def do_GET(self):
        with self.lock:
            type(self).under_way += 1
            self.served.most_at_once = max(self.served.most_at_once, self.under_way)
        self.served.arrived.set()
        try:
            if self.served.gate is not None:
                self.served.gate.wait(timeout=10)
            self._answer()
        finally:
            with self.lock:
                type(self).under_way -= 1

    do_HEAD = do_GET  # noqa: N815 (the names are those of http.server)

    def _answer(self):
        served = self.served
        path = self.path.partition("?")[0]
        content = served.content.get(path)
        match = _RANGE.fullmatch(self.headers.get("Range", ""))
        start, stop = (int(match[1]), int(match[2]) + 1) if match else (None, None)
        with self.lock:
            served.requests.append(Request(self.command, self.path, start, stop, dict(self.headers)))
            status = served.failures.pop(0) if served.failures else None
        if status is not None:
            return self._send(status, b"no")
        if content is None:
            return self._send(404, b"")
        etag = served.etags.get(path)
        wanted = self.headers.get("If-Match")
        if wanted and etag and wanted != etag and served.heeds_if_match:
            return self._send(412, b"")
        headers = {"ETag": etag} if etag else {}
        if start is None or served.ignores_ranges:
            return self._send(200, content, headers)
        if start >= len(content):
            return self._send(416, b"", {"Content-Range": f"bytes */{len(content)}"})
        part = content[start:stop]
        headers["Content-Range"] = f"bytes {start}-{start + len(part) - 1}/{len(content)}"
        return self._send(206, part, headers)

    def _send(self, status, body, headers=None):
        sent = body[: len(body) - self.served.missing_bytes] if self.served.missing_bytes else body
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(sent if self.served.announces_less else body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(sent)
        if len(sent) < len(body):
            self.close_connection = True

    def log_message(self, *arguments):
        """Quiet."""


class _ThreadingServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        """Quiet: clients that go away are among what is tested."""


@contextmanager
def serving():
    """A server of this process, until the end of the block."""
    handler = type("Handler", (_Handler,), {"lock": threading.Lock()})
    with _ThreadingServer(("127.0.0.1", 0), handler) as listener:
        handler.served = Server(f"http://127.0.0.1:{listener.server_port}")
        thread = threading.Thread(target=listener.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield handler.served
        finally:
            listener.shutdown()
            thread.join()
