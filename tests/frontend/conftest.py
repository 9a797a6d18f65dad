"""A small server with the built front end under the product's content security policy, and pages made by the tests."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

import lms

DIST = Path(lms.__file__).parent / "static" / "dist"
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'"
FRAME = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Probe</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="csrf-token" content="token-1">
<link rel="icon" href="/static/mark.svg"><link rel="stylesheet" href="/static/app.css"><link rel="stylesheet" href="/static/editor.css">
<script type="module" src="/static/app.js"></script><script type="module" src="/static/editor.js"></script></head>
<body><header class="topbar"><a class="brand" href="/">Lehrwerk</a></header><main class="page" id="inhalt"><h1>Probe</h1>{body}</main></body></html>"""
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}


@dataclass
class Bench:
    """What the pages post ends up in `posts`; `answers` says what comes back, 200 and JSON by default."""

    url: str = ""
    lang: str = "de"
    body: str = ""
    posts: list[Request] = field(default_factory=list)
    answers: dict[str, Response] = field(default_factory=dict)

    def __call__(self, request: Request) -> Response:
        if request.method == "POST":
            _ = request.form, [file.stream.read() for file in request.files.values()]
            self.posts.append(request)
            return self.answers.get(request.path) or Response(
                '{"revision": 8}', content_type="application/json"
            )
        if request.path.startswith("/static/"):
            file = DIST / request.path.removeprefix("/static/")
            return (
                Response(file.read_bytes(), content_type=TYPES[file.suffix])
                if file.exists()
                else Response(status=404)
            )
        page = FRAME.format(lang=self.lang, body=self.body)
        return Response(
            page, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY}
        )


@pytest.fixture
def bench(caplog: pytest.LogCaptureFixture) -> Iterator[Bench]:
    caplog.set_level("WARNING", "werkzeug")
    bench = Bench()
    server = make_server("127.0.0.1", 0, Request.application(bench), threaded=True)
    bench.url = f"http://127.0.0.1:{server.port}/"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield bench
    server.shutdown()
    server.server_close()
    thread.join()
