"""For trainers: the matrix of a course, one person's work, and who is in."""

from typing import Any

from flask import Response as FlaskResponse
from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from courses import enrolment, matrix, reviewing
from courses.views.parts import teach as bp
from courses.views.rendering import drawn
from lms.forms import BaseForm
from lms.web.chassis import asks, current_work, page, submit


@bp.get("/teach/courses/<int:course_id>/progress")
@asks("course.progress")
def progress(course_id: int) -> str:
    number = request.args.get("page", 1, type=int)
    shown = request.args.get("show", "all")
    return page("courses/teach/matrix.html", matrix=matrix.matrix(current_work(), course_id, shown, number))


@bp.get("/teach/courses/<int:course_id>/progress.csv")
@asks("course.progress")
def progress_csv(course_id: int) -> FlaskResponse:
    course, lines = matrix.export(current_work(), course_id)
    response = FlaskResponse("".join(lines), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="lernstand-{course.id}.csv"'
    return response


@bp.get("/teach/enrolments/<int:enrolment_id>")
@asks("enrolment.view")
def review(enrolment_id: int) -> Response | str:
    work = current_work()
    shown = reviewing.review(work, enrolment_id)
    if shown.person.id == work.actor.person_id:
        return redirect(url_for("catalogue.course", course_id=shown.course.id))
    return page("courses/teach/review.html", review=shown)


@bp.get("/teach/enrolments/<int:enrolment_id>/activities/<int:activity_id>")
@asks("enrolment.assess")
def answers(enrolment_id: int, activity_id: int) -> str:
    number = request.args.get("attempt", type=int)
    found = reviewing.answers(current_work(), enrolment_id, activity_id, number, request.args)
    return page("courses/teach/answers.html", answers=found, body=drawn(found.page, found.at))


@bp.get("/teach/courses/<int:course_id>/people")
@asks("course.enrol")
def participants(course_id: int) -> str:
    return _people_page(course_id)


def _people_page(course_id: int, form: BaseForm | None = None) -> str:
    work = current_work()
    course, rows = enrolment.participants(work, course_id)
    text = request.args.get("q", "")[:80]
    values: dict[str, Any] = {"course": course, "participants": rows, "q": text, "form": form}
    return page("courses/teach/people.html", candidates=enrolment.candidates(work, course_id, text), **values)


@bp.post("/teach/courses/<int:course_id>/people")
@asks("course.enrol")
def enrol(course_id: int) -> Response | tuple[str, int]:
    done, form = submit("courses.enrol", course=course_id)
    if done is None:
        return _people_page(course_id, form), 422
    flash(current_work()._("Eingeschrieben: %(people)s", people=done.values["people"]), "done")
    return redirect(url_for("teach.participants", course_id=course_id), 303)


@bp.post("/teach/enrolments/<int:enrolment_id>/end")
@asks("course.enrol")
def end_enrolment(enrolment_id: int) -> Response:
    done, _ = submit("courses.end_enrolment", enrolment=enrolment_id)
    if done is None:
        return redirect(url_for("teach.courses"), 303)
    flash(current_work()._("Einschreibung beendet."), "done")
    return redirect(url_for("teach.participants", course_id=done.values["course"]), 303)
