"""Uploaded files, handed out one by one after asking who may see them."""

import re
import unicodedata

from flask import Blueprint, send_file, url_for
from werkzeug.wrappers import Response

from lms.files import SHOWN_IN_PAGE, StoredFile, open_file
from lms.web.chassis import asks, current_work

files = Blueprint("files", __name__)
SANDBOX = "default-src 'none'; media-src 'self'; sandbox"


@files.get("/files/<int:file_id>/<name>")
@asks("file.view")
def serve(file_id: int, name: str) -> Response:
    """The bytes, in ranges if asked for. The name in the address is for people; the row decides."""
    row, path = open_file(current_work(), file_id)
    response: Response = send_file(
        path,
        mimetype=row.type,
        as_attachment=row.type not in SHOWN_IN_PAGE,
        download_name=row.name,
        conditional=True,
        etag=row.sha256,
        last_modified=row.created_at,
        max_age=0,
    )
    response.headers["Cache-Control"] = "private, no-cache"  # kept, but asked for again each time
    response.headers["Content-Security-Policy"] = SANDBOX
    return response


def address_of(row: StoredFile) -> str:
    """Where the file is, with a readable name of plain letters."""
    text = unicodedata.normalize("NFKD", row.name).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", text).strip(".-") or "datei"
    return url_for("files.serve", file_id=row.id, name=name)
