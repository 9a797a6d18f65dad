"""Files that belong to a course: pictures for its texts."""

from typing import TYPE_CHECKING

from courses.authoring import editable
from courses.forms import UploadForm
from lms import files
from lms.contract import Command, Done
from lms.files import PICTURES, Incoming

if TYPE_CHECKING:
    from lms.work import Work


def drawn_anew(form: UploadForm) -> Incoming:
    """The picture in the form, fit to be stored."""
    upload = form.file.data
    return files.examine(upload.stream, upload.filename or "", allow=PICTURES)


def add_picture(work: "Work", form: UploadForm, picture: Incoming) -> Done:
    """Store the picture as one of the course's files."""
    course = editable(work, form.course.data)
    kind = form.use.data or "course"
    row = files.store(work, picture, owner="courses", subject=f"{kind}:{course.id}")
    return Done(
        subject=f"course:{course.id}", values={"id": row.id, "width": row.width, "height": row.height}
    )


COMMANDS = (Command(name="courses.add_picture", form=UploadForm, run=add_picture, prepare=drawn_anew),)
