"""The workbench: an author's courses, one course with its outline, publishing, preview."""

from flask import flash, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from courses import workbench
from courses.forms import CourseForm, CreateCourseForm
from courses.models import Course
from courses.views.parts import teach as bp
from lms.errors import Stale
from lms.files import StoredFile
from lms.forms import BaseForm
from lms.web.chassis import asks, current_work, page, posted, submit
from lms.web.files import address_of


@bp.get("/teach")
@asks("course.edit")
def courses() -> str:
    text = request.args.get("q", "")[:80]
    number = request.args.get("page", 1, type=int)
    shelf = workbench.shelf(current_work(), text, number)
    return page(
        "courses/teach/courses.html",
        shelf=shelf,
        text=text,
        previous_url=_shelf_url(text, shelf.page - 1) if shelf.page > 1 else "",
        next_url=_shelf_url(text, shelf.page + 1) if shelf.page < shelf.pages else "",
    )


def _shelf_url(text: str, number: int) -> str:
    return url_for("teach.courses", q=text or None, page=number)


@bp.get("/teach/new")
@asks("course.create")
def new_course() -> str:
    return _new_page(CreateCourseForm())


@bp.post("/teach/new")
@asks("course.create")
def create_course() -> Response | tuple[str, int]:
    done, form = submit("courses.create_course")
    if done is None:
        return _new_page(form), 422
    return redirect(url_for("teach.course", course_id=done.values["course"]), 303)


def _new_page(form: BaseForm) -> str:
    return page("courses/teach/new.html", kinds=workbench.course_types(current_work()), form=form)


@bp.get("/teach/courses/<int:course_id>")
@asks("course.edit")
def course(course_id: int) -> str:
    return course_page(course_id)


def course_page(course_id: int, form: BaseForm | None = None, *, stale: bool = False) -> str:
    """The course; with the form as it was sent where it was not accepted, beside what is stored where that is newer."""
    desk = workbench.desk(current_work(), course_id)
    stored = workbench.course_form(desk.course)
    settings, stored_settings = workbench.settings_forms(desk.kind, desk.course, form)
    saved = None
    if stale and form is not None:
        saved = workbench.told(stored, form) + workbench.told(stored_settings, settings)
        workbench.refreshed(form, desk.course.revision)
    return page(
        "courses/teach/course.html", desk=desk, form=form or stored, settings_form=settings, saved=saved
    )


@bp.post("/teach/courses/<int:course_id>")
@asks("course.edit")
def save_course(course_id: int) -> Response | tuple[str, int]:
    try:
        done, form = submit("courses.save_course", course=course_id)
    except Stale:
        current_work().rollback()
        return course_page(course_id, posted(CourseForm, course=course_id), stale=True), 409
    if done is None:
        return course_page(course_id, form), 422
    flash(current_work()._("Beschreibung gespeichert."), "done")
    return redirect(url_for("teach.course", course_id=course_id), 303)


@bp.post("/teach/courses/<int:course_id>/publish")
@asks("course.edit")
def publish(course_id: int) -> Response | tuple[str, int]:
    done, form = submit("courses.publish", course=course_id)
    if done is None:
        return refused(course_id, form)
    flash(current_work()._("Version %(number)s ist online.", number=done.values["version"]), "done")
    return redirect(url_for("teach.course", course_id=course_id), 303)


@bp.post("/teach/courses/<int:course_id>/archive")
@asks("course.edit")
def archive(course_id: int) -> Response | tuple[str, int]:
    done, form = submit("courses.archive", course=course_id)
    if done is None:
        return refused(course_id, form)
    flash(current_work()._("Der Kurs ist archiviert."), "done")
    return redirect(url_for("teach.course", course_id=course_id), 303)


def refused(course_id: int, form: BaseForm) -> tuple[str, int]:
    """The course page with what was wrong with a small form on it."""
    for message in messages_of(form):
        flash(message, "error")
    return course_page(course_id), 422


def messages_of(form: BaseForm) -> list[str]:
    """What is wrong with the form, in the reader's language."""
    found = [*form.form_errors, *(text for field in form for text in field.errors)]
    return [current_work()._(str(text)) for text in dict.fromkeys(found)]


@bp.post("/teach/courses/<int:course_id>/files")
@asks("course.edit")
def upload(course_id: int) -> tuple[Response, int]:
    """Takes a picture for the rich text editor; answers {url, id, width, height} or {error}."""
    work = current_work()
    work.get("course.edit", Course, course_id)
    work.rollback()  # she may; now the picture is drawn anew before the writing transaction begins
    done, form = submit("courses.add_picture", course=course_id, use=request.args.get("use", ""))
    if done is None:
        return jsonify(error=" ".join(messages_of(form))), 422
    row = current_work().get("file.view", StoredFile, done.values["id"])
    return jsonify(url=address_of(row), **done.values), 201
