"""The workbench: one activity of a draft, and the preview of what learners would see."""

from flask import flash, jsonify, redirect, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from courses import workbench
from courses.contract import COMPLETIONS
from courses.forms import ActivityForm
from courses.learning import present
from courses.preview import preview_at, preview_submit
from courses.views.outline import change_outline
from courses.views.parts import teach as bp
from courses.views.rendering import drawn
from courses.views.teach import messages_of, refused
from lms.contract import Page
from lms.errors import Stale
from lms.forms import BaseForm
from lms.web.chassis import asks, current_work, page, posted, submit


@bp.post("/teach/courses/<int:course_id>/activities")
@asks("course.edit")
def add_activity(course_id: int) -> Response | tuple[str, int]:
    done, form = submit("courses.add_activity", course=course_id)
    if done is None:
        return refused(course_id, form)
    return redirect(url_for("teach.activity", activity_id=done.values["activity"]), 303)


@bp.get("/teach/activities/<int:activity_id>")
@asks("course.edit")
def activity(activity_id: int) -> str:
    return activity_page(activity_id)


def activity_page(activity_id: int, form: BaseForm | None = None, *, stale: bool = False) -> str:
    """The editor; with the form as it was sent where it was not accepted, beside what is stored where that is newer."""
    bench = workbench.bench(current_work(), activity_id)
    stored = workbench.activity_form(bench.activity)
    settings, stored_settings = workbench.settings_forms(bench.kind, bench.activity, form)
    saved = None
    if stale and form is not None:
        saved = workbench.told(stored, form) + workbench.told(stored_settings, settings)
        workbench.refreshed(form, bench.activity.revision)
    allowed = bench.kind.completion if bench.kind else (bench.activity.completion,)
    return page(
        "courses/teach/activity.html",
        bench=bench,
        form=form or stored,
        settings_form=settings,
        own=_own_settings(bench, settings),
        saved=saved,
        completions=[(key, COMPLETIONS[key]) for key in allowed],
    )


def _own_settings(bench: workbench.Bench, settings: BaseForm | None) -> Markup | None:
    """The settings as the type draws them itself; None where it leaves that to the house."""
    if bench.kind is None or settings is None or not bench.kind.settings_template:
        return None
    upload_url = url_for("teach.upload", course_id=bench.desk.course.id, use="lesson")
    values = {"form": settings, "activity": bench.activity, "upload_url": upload_url}
    return drawn(Page(template=bench.kind.settings_template, values=values), None)


@bp.post("/teach/activities/<int:activity_id>")
@asks("course.edit")
def save_activity(activity_id: int) -> Response | tuple[Response | str, int]:
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return _autosave(activity_id)
    try:
        done, form = submit("courses.save_activity", activity=activity_id)
    except Stale:
        current_work().rollback()
        return activity_page(activity_id, posted(ActivityForm, activity=activity_id), stale=True), 409
    if done is None:
        return activity_page(activity_id, form), 422
    flash(current_work()._("Gespeichert. Online geht es mit der nächsten Version."), "done")
    return redirect(url_for("teach.activity", activity_id=activity_id), 303)


def _autosave(activity_id: int) -> Response | tuple[Response, int]:
    done, form = submit("courses.autosave_activity", activity=activity_id)
    if done is None:
        workbench.bench(current_work(), activity_id)
        return jsonify(error=" ".join(messages_of(form))), 422
    return jsonify(done.values)


@bp.post("/teach/activities/<int:activity_id>/remove")
@asks("course.edit")
def remove_activity(activity_id: int) -> Response | tuple[str, int]:
    course_id = workbench.bench(current_work(), activity_id).desk.course.id
    return change_outline(course_id, "courses.remove_activity", activity=activity_id)


# -- preview --------------------------------------------------------------------------------------------------------


@bp.get("/teach/courses/<int:course_id>/preview")
@asks("course.edit")
def preview(course_id: int) -> str:
    desk = workbench.desk(current_work(), course_id)
    sections = [(section.title, section.activities) for section in desk.course.sections]
    minutes = desk.course.minutes or sum(activity.minutes for activity in desk.activities)
    return page(
        "courses/teach/preview.html", course=desk.course, kind=desk.kind, sections=sections, minutes=minutes
    )


@bp.get("/teach/activities/<int:activity_id>/preview")
@asks("course.edit")
def preview_activity(activity_id: int) -> str:
    return _preview(activity_id)


@bp.post("/teach/activities/<int:activity_id>/preview")
@asks("course.edit")
def try_activity(activity_id: int) -> str:
    """Judges what the author tried out, as it would for a learner. Nothing is kept."""
    return _preview(activity_id, tried=True)


def _preview(activity_id: int, *, tried: bool = False) -> str:
    work = current_work()
    bench = workbench.bench(work, activity_id)
    if tried:
        kind, at = preview_submit(work, bench.activity, request.form)
    else:
        kind, at = preview_at(work, bench.activity, request.args)
    return page(
        "courses/teach/preview_activity.html",
        course=bench.desk.course,
        activity=bench.activity,
        body=drawn(present(work, kind, at), at) if kind else None,
        previous=bench.neighbour(-1),
        next=bench.neighbour(1),
    )
