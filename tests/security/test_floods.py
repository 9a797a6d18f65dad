"""What may be repeated at will is counted or escaped: guesses, mails, log lines, cells (A01, H01, H05, T24)."""

import json

import pytest
from _pytest.capture import CaptureFixture

from courses.matrix import harmless
from lms.errors import Invalid, Throttled
from lms.people import accounts, inviting, throttling
from lms.web import logs
from tests.town import Town


def test_a01_ipv4_written_as_ipv6_is_one_visitor_each() -> None:
    assert throttling.network("::ffff:192.0.2.7") == throttling.network("192.0.2.7")
    assert throttling.network("::ffff:192.0.2.7") != throttling.network("::ffff:192.0.2.8")


def test_a01_guesses_at_the_same_moment_get_no_further_than_in_a_row(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = town.actor("apprentice")
    real, looks = throttling.refuse, []

    def blind_at_first(work: object, limits: object) -> None:
        looks.append(1)
        if len(looks) % 2 == 0:  # every guess has passed its first look before any is counted
            real(work, limits)  # type: ignore[arg-type]

    monkeypatch.setattr(throttling, "refuse", blind_at_first)
    for _ in range(accounts.GUESSES):
        with pytest.raises(Invalid):
            accounts.change_password(town.house, actor, "falsch-geraten", "ganz-neues-Wort-9", "")
    with pytest.raises(Throttled):
        accounts.change_password(town.house, actor, "falsch-geraten", "ganz-neues-Wort-9", "")


def test_t24_nobody_floods_others_with_invitations(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inviting, "MAILS", 1)
    form = {"given_name": "Neu", "family_name": "Hier", "role": "apprentice", "locale": "de"}
    answers = [
        town.post("academy_trainer", "/people/invite", {**form, "email": f"neu{n}@example.org"})
        for n in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert town.post("academy_trainer", "/people/invite", form).status_code == 200  # on paper, without mail


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "|calc", ";=1"]
)
def test_h01_no_cell_is_a_formula(text: str) -> None:
    assert harmless(text) == f"'{text}"


def test_h05_one_event_is_one_line(capsys: CaptureFixture[str]) -> None:
    logs.init()
    logs.structlog.get_logger().info("seen", path="/a\r\n2026-01-01 admin\x1b[31m\u2028", password="geheim")
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert "\x1b" not in line
    assert json.loads(line)["password"] == "***"
    logs.init(readable=True)
    logs.structlog.get_logger().info("seen", path="/a\r\n2026-01-01 admin\x1b[31m")
    assert capsys.readouterr().err.count("\n") == 1
