"""The lesson: read, answer, save, try again."""

from collections.abc import Mapping
from typing import Any

from flask import flash, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from courses import learning
from courses.views.parts import learn as bp
from courses.views.rendering import drawn
from lms.errors import Missing
from lms.web.chassis import asks, current_work, page, submit


@bp.get("/learn/<int:activity_id>")
@asks("enrolment.learn")
def activity(activity_id: int) -> Response | str:
    work = current_work()
    lesson = learning.open_activity(work, activity_id, request.args)
    if lesson is None:
        return redirect(url_for("catalogue.course", course_id=learning.course_of(work, activity_id)))
    return _lesson_page(lesson)


@bp.post("/learn/<int:activity_id>")
@asks("enrolment.learn")
def answer(activity_id: int) -> Response | tuple[str, int]:
    work = current_work()
    done, form = submit("courses.submit", activity=activity_id, attempt=request.args.get("attempt"))
    if done is None:
        lesson = learning.open_activity(work, activity_id, request.args)
        if lesson is None:
            raise Missing("enrolment.learn")
        for message in [*form.form_errors, *(text for errors in form.errors.values() for text in errors)]:
            flash(work._(str(message)), "error")
        return _lesson_page(lesson), 422
    return redirect(_way_on(activity_id, done.values), 303)


def _lesson_page(lesson: learning.Lesson) -> str:
    body = drawn(lesson.page, lesson.at)
    problem = lesson.problem or ("" if body is not None else "failed")
    focused = lesson.page is not None and lesson.page.focus and not problem
    template = "courses/focused.html" if focused else "courses/activity.html"
    return page(template, lesson=lesson, place=lesson.place, body=body, problem=problem)


def _way_on(activity_id: int, values: Mapping[str, Any]) -> str:
    """Where to go after an answer: a ticked-off step leads on, a judged one shows its result."""
    if "attempt" in values:
        return url_for("learn.activity", activity_id=activity_id)
    if values["next"] is not None:
        return url_for("learn.activity", activity_id=values["next"])
    if values["complete"]:
        return url_for("catalogue.finished", course_id=values["course"])
    return url_for("catalogue.course", course_id=values["course"])


@bp.post("/learn/<int:activity_id>/save")
@asks("enrolment.learn")
def save(activity_id: int) -> Response | tuple[Response, int]:
    done, _ = submit("courses.save", activity=activity_id)
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        if done is None:
            learning.course_of(current_work(), activity_id)
            return jsonify(error=current_work()._("Das lässt sich so nicht speichern.")), 422
        return jsonify(revision=done.values["revision"])
    return redirect(url_for("learn.activity", activity_id=activity_id), 303)


@bp.post("/learn/<int:activity_id>/retry")
@asks("enrolment.learn")
def retry(activity_id: int) -> Response:
    submit("courses.retry", activity=activity_id)
    return redirect(url_for("learn.activity", activity_id=activity_id), 303)
