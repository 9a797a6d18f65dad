"""The workbench: sections of a draft and the order of everything in it."""

from flask import flash, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from courses import workbench
from courses.models import Course
from courses.views.parts import teach as bp
from courses.views.teach import course_page, messages_of, refused
from lms.errors import Conflict
from lms.web.chassis import asks, current_work, submit


def change_outline(course_id: int, command: str, **target: int) -> Response | tuple[str, int]:
    """Run a command about the outline; then the course with its outline, and what went wrong, if anything did."""
    work = current_work()
    try:
        done, form = submit(command, **target)
    except Conflict as conflict:
        work.rollback()
        flash(work._(conflict.message, **conflict.values), "error")
        return course_page(course_id), 409
    if done is None:
        return refused(course_id, form)
    return redirect(url_for("teach.course", course_id=course_id), 303)


@bp.post("/teach/courses/<int:course_id>/sections")
@asks("course.edit")
def add_section(course_id: int) -> Response | tuple[str, int]:
    return change_outline(course_id, "courses.add_section", course=course_id)


@bp.post("/teach/sections/<int:section_id>")
@asks("course.edit")
def rename_section(section_id: int) -> Response | tuple[str, int]:
    course_id = workbench.course_of_section(current_work(), section_id)
    return change_outline(course_id, "courses.rename_section", section=section_id)


@bp.post("/teach/sections/<int:section_id>/remove")
@asks("course.edit")
def remove_section(section_id: int) -> Response | tuple[str, int]:
    course_id = workbench.course_of_section(current_work(), section_id)
    return change_outline(course_id, "courses.remove_section", section=section_id)


@bp.post("/teach/courses/<int:course_id>/move")
@asks("course.edit")
def move(course_id: int) -> Response | tuple[str, int]:
    """One place up or down; the author stays with the activity she moved."""
    answer = change_outline(course_id, "courses.move", course=course_id)
    activity_id = request.form.get("activity", "")
    if isinstance(answer, Response) and activity_id:
        return redirect(url_for("teach.activity", activity_id=int(activity_id)), 303)
    return answer


@bp.post("/teach/courses/<int:course_id>/order")
@asks("course.edit")
def reorder(course_id: int) -> Response | tuple[Response, int]:
    """Takes one list in its new order, from the script that drags; answers {revision} or {error}."""
    done, form = submit("courses.reorder", course=course_id)
    if done is None:
        current_work().get("course.edit", Course, course_id)
        return jsonify(error=" ".join(messages_of(form))), 422
    return jsonify(done.values)
