"""What operators do from the command line, and the doctor's findings."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from lms import doctor
from lms.audit import AuditLine
from lms.contract import system
from lms.house import House
from lms.jobs import OutboxJob
from lms.people.models import LegalPage
from lms.registry import Quarantined

Call = Callable[..., Result]


@pytest.fixture
def call(app: Flask) -> Call:
    """Run `flask lms ...` within the test's transaction."""
    runner = app.test_cli_runner()
    return lambda *arguments: runner.invoke(args=["lms", *arguments])


def dead_job(house: House) -> int:
    with house.work(system("test")) as work:
        job = OutboxJob(
            name="lms.forget_done_jobs",
            arguments={},
            state="dead",
            tries=5,
            run_at=work.now,
            created_at=work.now,
            last_error="ValueError: no paper",
        )
        work.session.add(job)
        work.session.flush()
        return job.id


def texts(house: House, level: str) -> str:
    return "\n".join(finding.text for finding in doctor.examine(house) if finding.level == level)


def test_a_dead_job_is_seen_and_run_again(house: House, call: Call) -> None:
    id = dead_job(house)
    assert "failed for good" in texts(house, "problem")
    assert "no paper" in call("jobs", "list", "--state", "dead").output

    assert call("jobs", "retry", str(id)).exit_code == 0

    assert "no paper" not in call("jobs", "list", "--state", "dead").output
    assert call("jobs", "retry", "99999").exit_code == 1


def test_jobs_that_wait_too_long_ask_for_the_worker(house: House) -> None:
    with house.work(system("test")) as work:
        work.enqueue("lms.forget_done_jobs", delay=1)
        work.session.scalars(select(OutboxJob)).one().run_at = work.now - timedelta(minutes=11)
    assert "lms.worker" in texts(house, "problem")


def test_the_doctor_names_a_plugin_that_is_kept_out(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.registry, "quarantine", [Quarantined("bent", "ImportError: no such tool")])
    assert "'bent' is kept out: ImportError: no such tool" in texts(house, "problem")


def test_the_doctor_refuses_production_while_public_texts_are_unread(house: House) -> None:
    assert "impressum" in texts(house, "warning")
    before = house.config
    house.config = replace(before, environment="production")
    try:
        assert "impressum" in texts(house, "problem")
        with house.work(system("test")) as work:
            for page in work.session.scalars(select(LegalPage)):
                work.session.delete(page)
            for key in ("impressum", "datenschutz", "barrierefreiheit", "hilfe"):
                work.session.add(LegalPage(key=key, locale="de", html="<p>Gelesen</p>", reviewed=True))
        assert "impressum" not in texts(house, "problem")
    finally:
        house.config = before


def test_the_doctor_notices_a_clock_that_went_back(house: House) -> None:
    with house.work(system("test")) as work:
        work.audit("test.later")
        work.session.flush()
        work.session.scalars(select(AuditLine)).one().at = work.now + timedelta(days=400)
    assert "The clock says" in texts(house, "problem")


def test_plugins_as_json(call: Call) -> None:
    rows = json.loads(call("plugin", "list", "--json").stdout)
    assert {"lms", "courses", "quiz"} <= {row["name"] for row in rows if row["state"] == "active"}


def test_a_test_mail_and_its_audit_line(call: Call) -> None:
    assert call("mail", "test", "office@example.org").exit_code == 0
    lines = [json.loads(line) for line in call("audit", "list", "--json").stdout.splitlines()]
    assert lines[0]["action"] == "mail.sent"
    refused = call("mail", "test", "nobody")
    assert refused.exit_code == 1 and "Traceback" not in refused.output


def test_progress_can_be_rebuilt(call: Call) -> None:
    assert "0 differed" in call("progress", "rebuild").output


@pytest.mark.once
def test_commands_work_from_any_folder(tmp_path: Path) -> None:
    flask = Path(sys.executable).with_name("flask")
    environ = {"LMS_HOME": str(tmp_path / "home"), "LMS_ENV": "test", "PATH": "/usr/bin:/bin"}
    run = subprocess.run(
        [flask, "lms", "routes", "--json"],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert any(row["rule"] == "/healthz" and row["permission"] == "public" for row in json.loads(run.stdout))


@pytest.mark.once
def test_a_refused_configuration_is_told_in_one_line(tmp_path: Path) -> None:
    flask = Path(sys.executable).with_name("flask")
    environ = {"LMS_HOME": str(tmp_path), "LMS_ENV": "production", "PATH": "/usr/bin:/bin"}
    run = subprocess.run([flask, "lms", "doctor"], cwd=tmp_path, env=environ, capture_output=True, text=True)
    assert run.returncode == 1
    assert "LMS_BASE_URL" in run.stderr and "Traceback" not in run.stderr
