"""`flask lms progress ...`: the teaching's commands."""

from collections.abc import Sequence

import click
from flask.cli import AppGroup
from sqlalchemy import select

from courses import progress
from courses.models import Enrolment
from lms.contract import system
from lms.house import House
from lms.web.chassis import current_house

BATCH = 200  # enrolments per transaction
CACHED = ("version_id", "states", "done", "total", "tries", "stuck", "completed_at", "last_step_at")

group = AppGroup("courses", help="Courses.")
figures = AppGroup("progress", help="The figures kept beside the facts.")
group.add_command(figures)


@figures.command("rebuild")
def rebuild() -> None:
    """Compute all stored progress anew from the facts, and say where it differed."""
    house = current_house()
    with house.work(system("cli"), readonly=True) as work:
        ids = work.session.scalars(select(Enrolment.id).order_by(Enrolment.id)).all()
    differed = [
        id for start in range(0, len(ids), BATCH) for id in _rebuild(house, ids[start : start + BATCH])
    ]
    for id in differed:
        click.echo(f"enrolment {id} differed")
    click.echo(f"{len(ids)} enrolments, {len(differed)} differed.")


def _rebuild(house: House, ids: Sequence[int]) -> list[int]:
    """The ids of those whose figures changed."""
    with house.work(system("cli")) as work:
        differed = []
        statement = select(Enrolment).where(Enrolment.id.in_(ids)).order_by(Enrolment.id).with_for_update()
        for enrolment in work.session.scalars(statement).all():
            before = [getattr(enrolment, name) for name in CACHED]
            progress.rebuild(work, enrolment)
            if [getattr(enrolment, name) for name in CACHED] != before:
                differed.append(enrolment.id)
        return differed
