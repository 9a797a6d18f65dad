"""Uploads: what is taken in, where it lies, who gets it and how."""

import hashlib
import io
import os
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image

from courses.models import Course
from lms import files
from lms.errors import Invalid, Missing
from lms.files import PICTURES, StoredFile
from lms.testing.fixtures import csrf, organisation, person, sign_in, work_as
from lms.work import Work
from tests.courses.authors import new_course, new_page, send


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "tan").save(out, kind, **options)
    return out.getvalue()


def stored(
    work: Work, data: bytes = b"%PDF-1.7\n%", name: str = "plan.pdf", subject: str = "course:1"
) -> StoredFile:
    return files.store(work, files.examine(io.BytesIO(data), name), owner="courses", subject=subject)


def bomb() -> bytes:
    """A PNG of 30,000 x 30,000 black pixels in about 100 KB."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = zlib.compress(b"\0" * (30_000 // 8 + 1) * 30_000, 9)
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("../../evil.py", "import os")
    return out.getvalue()


HOSTILE = {
    "html": b"<!doctype html><script>alert(1)</script>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "xml": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    "script": b"alert(document.cookie)",
    "program": b"\x7fELF" + b"\0" * 100,
    "windows program": b"MZ" + b"\0" * 200,
    "php in gif": b"GIF89a<?php system($_GET['c']); ?>",
    "script in gif": b"GIF89a/*\0*/=1;alert(1)",
    "zip": archive(),
    "zip after png": b"\x89PNG\r\n\x1a\n" + archive(),
    "pdf as picture": b"%PDF-1.7\n" + b" " * 100,
    "mvg": b"push graphic-context\nimage over 0,0 0,0 'https://example.org/x'\npop graphic-context\n",
    "postscript": b"%!PS-Adobe-3.0\n",
    "half a png": picture()[:60],
    "bomb": bomb(),
    "tiff": picture("TIFF"),
    "empty": b"",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_sound_picture_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        files.examine(io.BytesIO(HOSTILE[name]), "foto.png", allow=PICTURES)


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    class Huge(io.BytesIO):
        def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
            return 10**10 if whence == os.SEEK_END else super().seek(offset, whence)

    with pytest.raises(Invalid, match="zu groß"):
        files.examine(Huge(picture()), "foto.png", allow=PICTURES)


def test_a_picture_is_drawn_anew_and_named_after_what_it_is() -> None:
    hidden = picture("GIF") + b"<script>alert(1)</script>"
    incoming = files.examine(io.BytesIO(hidden), "böser/../foto.php.gif", allow=PICTURES)
    assert (incoming.name, incoming.type, incoming.width, incoming.height) == (
        "foto.php.png",
        "image/png",
        40,
        30,
    )
    assert b"script" not in incoming.stream.read()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\lena\\foto.png", "foto.png"),
        ("/abs/plan.pdf", "plan.pdf"),
        ("plan\x00.pdf", "plan.pdf"),
        ("gpj.\u202eexe.png", "gpj.exe.png"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie_ x=1.pdf"),
        ("Mu\u0308ller.pdf", "Müller.pdf"),
        ("..", "datei"),
        ("", "datei"),
        ("...hidden", "hidden"),
        ("x" * 400 + ".pdf", "x" * 138 + ".pdf"),
    ],
)
def test_names_are_made_harmless(given: str, kept: str) -> None:
    assert files.harmless_name(given) == kept


def test_bytes_lie_under_their_hash_and_the_same_file_is_stored_once(work: Work) -> None:
    data = b"%PDF-1.7\nplan"
    first, again = stored(work, data), stored(work, data)
    path = files.path_of(work.house.config.home, hashlib.sha256(data).hexdigest())
    assert first is again
    assert path.read_bytes() == data
    assert list((work.house.config.home / "files" / "incoming").iterdir()) == []
    assert stored(work, data, subject="course:2").id != first.id


def test_a_failing_write_leaves_nothing(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="disk full"):
        stored(work, b"%PDF-1.7\nfull")
    assert list((work.house.config.home / "files" / "incoming").iterdir()) == []


def test_orphans_are_swept_after_a_day(work: Work) -> None:
    kept = stored(work, b"%PDF-1.7\nkept")
    home = work.house.config.home
    kept_path = files.path_of(home, kept.sha256)
    orphan = files.path_of(home, "ab" * 32)
    orphan.parent.mkdir(parents=True, exist_ok=True)
    orphan.write_bytes(b"orphan")
    files.sweep(work)
    assert orphan.exists()
    for path in (orphan, kept_path):
        os.utime(path, (0, 0))
    files.sweep(work)
    assert not orphan.exists() and kept_path.exists()


def test_personal_files_are_seen_by_herself_and_by_those_who_see_her(work: Work) -> None:
    ours = organisation(work)
    lena = person(work, "apprentice", organisation=ours)
    row = stored(work, b"%PDF-1.7\nzeugnis", subject=f"person:{lena.id}")
    office, stranger = person(work, "office"), person(work, "apprentice", organisation=ours)
    for allowed in (lena, office):
        assert files.open_file(work_as(work, allowed), row.id)[0] is row
    with pytest.raises(Missing):
        files.open_file(work_as(work, stranger), row.id)


def test_a_file_of_a_subject_nobody_knows_is_nobodys(work: Work) -> None:
    row = stored(work, subject="hologram:1")
    with pytest.raises(Missing):
        files.open_file(work_as(work, person(work, "administrator")), row.id)


# -- through HTTP ---------------------------------------------------------------------------------------------------


@pytest.fixture
def course(work: Work) -> Course:
    return new_course(work)


def upload(
    client: FlaskClient, course: Course, data: bytes, name: str = "foto.png"
) -> tuple[int, dict[str, object]]:
    headers = {"X-CSRFToken": csrf(client, "/account"), "Accept": "application/json"}
    sent = {"file": (io.BytesIO(data), name)}
    answer = client.post(f"/teach/courses/{course.id}/files", data=sent, headers=headers)
    return answer.status_code, answer.get_json()


def test_an_author_uploads_a_picture_and_sees_it(client: FlaskClient, work: Work, course: Course) -> None:
    sign_in(client, work, person(work, "academy_trainer"))
    status, told = upload(client, course, picture("JPEG"), "Säge & Blatt.JPG")
    assert status == 201
    assert told == {"url": f"/files/{told['id']}/Sage-Blatt.jpg", "id": told["id"], "width": 40, "height": 30}
    answer = client.get(str(told["url"]), buffered=True)
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert (
        client.get(
            str(told["url"]), headers={"If-None-Match": answer.headers["ETag"]}, buffered=True
        ).status_code
        == 304
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_uploads_get_a_reason_and_leave_nothing(
    client: FlaskClient, work: Work, course: Course, name: str
) -> None:
    sign_in(client, work, person(work, "academy_trainer"))
    status, told = upload(client, course, HOSTILE[name])
    assert status == 422 and told["error"]
    assert work.session.query(StoredFile).count() == 0


def test_uploading_asks_for_the_right_to_edit(client: FlaskClient, work: Work, course: Course) -> None:
    sign_in(client, work, person(work, "apprentice"))
    assert upload(client, course, picture())[0] == 404
    headers = {"X-CSRFToken": csrf(client, "/account")}
    assert client.post(f"/teach/courses/{course.id}/files", headers=headers).status_code == 404


def test_a_text_instead_of_a_file_is_refused(client: FlaskClient, work: Work, course: Course) -> None:
    sign_in(client, work, person(work, "academy_trainer"))
    headers = {"X-CSRFToken": csrf(client, "/account"), "Accept": "application/json"}
    for sent in ({}, {"file": "/etc/passwd"}, {"file": (io.BytesIO(b""), "")}):
        answer = client.post(f"/teach/courses/{course.id}/files", data=sent, headers=headers)
        assert answer.status_code == 422


def test_a_courses_files_are_for_those_who_see_the_course(
    client: FlaskClient, work: Work, course: Course
) -> None:
    row = stored(work, picture(), "foto.png", f"course:{course.id}")
    sign_in(client, work, person(work, "apprentice"))
    assert client.get(f"/files/{row.id}/foto.png").status_code == 404
    new_page(work, course)
    send(work, "courses.publish", course=course.id)
    work.session.commit()
    assert client.get(f"/files/{row.id}/anything.exe", buffered=True).mimetype == "image/png"


def test_documents_are_handed_out_as_attachments(client: FlaskClient, work: Work, course: Course) -> None:
    row = stored(work, name='plan"\r\n.pdf', subject=f"course:{course.id}")
    sign_in(client, work, person(work, "academy_trainer"))
    answer = client.get(f"/files/{row.id}/plan.pdf", buffered=True)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "\n" not in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("asked", "status", "length"),
    [
        ("bytes=0-0", 206, 1),
        ("bytes=-1", 206, 1),
        ("bytes=0-", 206, 100),
        ("bytes=9999-1", 416, None),
        ("bytes=9999-", 416, None),
        ("bytes=a-b", 416, None),
        ("bytes=" + ",".join(f"{n}-{n + 1}" for n in range(50)), 416, None),
    ],
)
def test_ranges(
    client: FlaskClient, work: Work, course: Course, asked: str, status: int, length: int | None
) -> None:
    row = stored(work, b"%PDF-1.7\n" + b"x" * 91, subject=f"course:{course.id}")
    sign_in(client, work, person(work, "academy_trainer"))
    answer = client.get(f"/files/{row.id}/plan.pdf", headers={"Range": asked}, buffered=True)
    assert answer.status_code == status
    if answer.status_code != 416:
        assert len(answer.data) == length


@pytest.mark.parametrize(
    "path",
    [
        "../../keys/secret",
        "..%2f..%2fkeys%2fsecret",
        "%252e%252e/secret",
        "..\\..\\secret",
        "/etc/passwd",
        ".git/config",
    ],
)
def test_paths_lead_nowhere(client: FlaskClient, work: Work, course: Course, path: str) -> None:
    row = stored(work, subject=f"course:{course.id}")
    sign_in(client, work, person(work, "academy_trainer"))
    secret = (Path(work.house.config.home) / "lehrwerk.db").name
    for address in (f"/files/{row.id}/{path}", f"/files/{path}", f"/files/0/{path}"):
        answer = client.get(address, buffered=True)
        assert answer.status_code in (200, 308, 404)
        assert secret.encode() not in answer.data
        if answer.status_code == 200:
            assert answer.data == b"%PDF-1.7\n%"
