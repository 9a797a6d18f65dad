"""Headers, Host check, CSRF and origin: what every response and every request must satisfy."""

import secrets

from flask import Flask, Response, abort, g, request, session
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from lms.config import Config

csrf = CSRFProtect()
FORM_LIMIT = 4 * 1024 * 1024  # bytes of a request without files

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def init(app: Flask, config: Config) -> None:
    """Attach the walls to the app."""
    secure = config.secure
    app.config.update(
        SECRET_KEY=config.secret_key,
        SESSION_COOKIE_NAME="__Host-lehrwerk" if secure else "lehrwerk",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=60 * 24 * 3600,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # our own origin check below covers http as well
        MAX_CONTENT_LENGTH=config.upload_limit,
        MAX_FORM_MEMORY_SIZE=FORM_LIMIT,
        MAX_FORM_PARTS=2000,
        TRUSTED_HOSTS=list(config.hosts),
    )
    app.config["PREFERRED_URL_SCHEME"] = "https" if secure else "http"
    if config.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.proxies, x_proto=config.proxies, x_host=0)  # type: ignore[method-assign]
    app.before_request(lambda: _begin(config))
    csrf.init_app(app)
    app.after_request(lambda response: _headers(response, secure))


def _begin(config: Config) -> None:
    g.request_id = secrets.token_hex(8)
    g.csp_nonce = secrets.token_urlsafe(16)
    _ = request.host  # raises for a host we do not serve
    if len(request.query_string) > 8192:
        abort(414)
    if request.mimetype != "multipart/form-data" or "_user_id" not in session:
        request.max_content_length = FORM_LIMIT  # large bodies are files, from people we know
    if request.method in ("POST", "PUT", "PATCH", "DELETE"):
        origin = request.headers.get("Origin")
        if origin and origin not in (config.base_url, request.host_url.rstrip("/")):
            abort(403)


def _headers(response: Response, secure: bool) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    nonce = g.get("csp_nonce", "")
    response.headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data: blob:; "
        "font-src 'self'; media-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'; frame-src 'self'",
    )
    if request.endpoint and request.endpoint.rsplit(".", 1)[-1] == "static":
        return response
    if "private" not in response.headers.get("Cache-Control", ""):  # files are made public by default
        response.headers["Cache-Control"] = "private, no-store"
    response.vary.add("Cookie")
    response.headers["X-Request-Id"] = g.get("request_id", "")
    return response
