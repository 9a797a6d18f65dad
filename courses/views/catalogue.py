"""Catalogue and course page."""

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from courses import catalogue
from courses.views.parts import catalogue as bp
from lms.web.chassis import asks, current_work, page, public, submit


@bp.get("/courses")
@public
def courses() -> str:
    work = current_work()
    return page("courses/catalogue.html", found=catalogue.search(work, catalogue.Filters.of(request.args)))


@bp.get("/courses/<int:course_id>")
@public
def course(course_id: int) -> str:
    return page("courses/course.html", shown=catalogue.course_page(current_work(), course_id))


@bp.post("/courses/<int:course_id>/join")
@asks("course.join")
def join(course_id: int) -> Response | tuple[str, int]:
    work = current_work()
    done, _ = submit("courses.join", course=course_id)
    if done is None:
        return page("courses/course.html", shown=catalogue.course_page(work, course_id)), 422
    flash(work._("Du bist dabei."), "done")
    return redirect(url_for("catalogue.course", course_id=course_id), 303)


@bp.get("/courses/<int:course_id>/done")
@asks("enrolment.learn")
def finished(course_id: int) -> str:
    work = current_work()
    course, enrolment = catalogue.finished_course(work, course_id)
    further = catalogue.further_courses(work, but=course_id)
    return page("courses/done.html", course=course, enrolment=enrolment, further=further)
