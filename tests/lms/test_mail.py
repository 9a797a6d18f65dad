"""Mail: queued with the change, in the recipient's language, whole on disk, and no way into its headers."""

import socketserver
import threading
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select

from lms import mail
from lms.audit import AuditLine
from lms.contract import system
from lms.errors import Invalid
from lms.house import House
from lms.jobs import OutboxJob
from lms.testing.fixtures import person
from lms.work import Work


@pytest.fixture
def box(house: House, tmp_path: Path) -> Iterator[Path]:
    """The folder mails are written to."""
    before = house.config
    house.config = replace(before, home=tmp_path)
    yield tmp_path / "mail"
    house.config = before


def written(box: Path) -> list[EmailMessage]:
    return [message_from_bytes(f.read_bytes(), policy=policy.default) for f in sorted(box.glob("*.eml"))]  # type: ignore[misc]


def test_a_mail_leaves_with_its_change_and_is_noted(house: House, box: Path) -> None:
    with house.work(system("test")) as work:
        lena = person(work, email="lena@example.org", given_name="Lena", family_name="Böhme")
        lena_id = lena.id
        message_id = mail.queue(work, lena, "test")
        assert written(box) == [], "nothing leaves before the change is committed"

    (message,) = written(box)
    assert message["Message-ID"] == message_id
    assert message["To"] == "Lena Böhme <lena@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Subject"] == "Testmail von Lehrwerk"
    assert "Guten Tag Lena Böhme" in message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert '<html lang="de">' in message.get_body(("html",)).get_content()  # type: ignore[union-attr]
    with house.work() as work:
        line = work.session.scalars(select(AuditLine).where(AuditLine.action == "mail.sent")).one()
        assert line.subject == f"person:{lena_id}" and "lena" not in str(line.details).lower()


def test_the_recipients_language_counts(house: House, box: Path) -> None:
    with house.work(system("test")) as work:
        mail.queue(work, person(work, email="a@example.org", locale="en"), "test")
        assert work.locale == "de"
    (message,) = written(box)
    assert message["Content-Language"] == "en"
    assert message["Subject"] == "Test mail from Lehrwerk"


def test_nobody_without_an_address_gets_mail(work: Work) -> None:
    assert mail.queue(work, person(work), "test") == ""
    assert work.session.scalars(select(OutboxJob)).all() == []


@pytest.mark.parametrize(
    "address",
    [
        "a@example.org\r\nBcc: b@example.org",
        "a@example.org\nX: y",
        "a@b@c",
        "",
        "nobody",
        "a@example.org, b@example.org",
    ],
)
def test_no_address_breaks_out_of_its_header(work: Work, address: str) -> None:
    if not address:
        assert mail.queue(work, address, "test") == ""
        return
    with pytest.raises(Invalid):
        mail.queue(work, address, "test")


def test_no_name_or_subject_breaks_out_of_its_header(work: Work) -> None:
    evil = person(work, email="a@example.org", given_name="Eva\r\nBcc: b@example.org")
    with pytest.raises(Invalid):
        mail.queue(work, evil, "test")
    letter = {
        "message_id": "<1@x>",
        "text": "t",
        "html": "",
        "locale": "de",
        "date": "2026-11-22T10:00:00+00:00",
    }
    with pytest.raises(Invalid):
        mail.compose(
            work.house.config, to=["", "a@example.org"], subject="Hi\r\nBcc: b@example.org", **letter
        )  # type: ignore[arg-type]


def test_sent_again_after_a_crash_it_is_the_same_mail(house: House, box: Path) -> None:
    house.announce, before = (lambda ids: None), house.announce
    with house.work(system("test")) as work:
        mail.queue(work, "a@example.org", "test")
    house.announce = before
    for _ in range(2):
        with house.work(system("jobs")) as work:
            mail.send(work, **work.session.scalars(select(OutboxJob)).one().arguments)
    assert len(written(box)) == 1
    assert list(box.glob("*.part")) == []


class Smtp(socketserver.StreamRequestHandler):
    """As much of a mail server as a client needs."""

    def handle(self) -> None:
        self.wfile.write(b"220 test\r\n")
        data: list[bytes] = []
        reading = False
        for line in self.rfile:
            if reading:
                reading = line != b".\r\n"
                data.append(line)
                if not reading:
                    self.server.received.append(b"".join(data[:-1]))  # type: ignore[attr-defined]
                    self.wfile.write(b"250 ok\r\n")
            elif line.upper().startswith(b"DATA"):
                reading = True
                self.wfile.write(b"354 go on\r\n")
            elif line.upper().startswith(b"QUIT"):
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


def test_by_smtp_if_so_configured(house: House, tmp_path: Path) -> None:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Smtp) as server:
        server.received = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        before = house.config
        house.config = replace(before, mail=f"smtp://127.0.0.1:{server.server_address[1]}", home=tmp_path)
        try:
            with house.work(system("test")) as work:
                message_id = mail.queue(work, "buero@example.org", "test")
        finally:
            house.config = before
            server.shutdown()
        (received,) = server.received  # type: ignore[attr-defined]
    assert f"Message-ID: {message_id}".encode() in received
    assert not (tmp_path / "mail").exists()
