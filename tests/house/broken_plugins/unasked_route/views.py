"""Wrong on purpose."""

from flask import Blueprint

bp = Blueprint("unasked_route", __name__)
blueprints = [bp]


@bp.get("/")
def open_to_all() -> str:
    return "secrets"
