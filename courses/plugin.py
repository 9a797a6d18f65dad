"""The teaching's Plugin object."""

from courses import answering, authoring, demo, enrolment, home, outlining, progress, publishing, uploads
from courses.contract import FactRevoked
from courses.privacy import PERSONAL_DATA
from courses.rules import GRANTS, PERMISSIONS, CourseFiles, CourseScope, LessonFiles
from lms.contract import N_, Job, NavItem, Plugin

plugin = Plugin(
    name="courses",
    package="courses",
    title=N_("Kurse"),
    requires=("lms",),
    provides=(CourseScope(), CourseFiles(), LessonFiles()),
    permissions=PERMISSIONS,
    grants=GRANTS,
    listeners={FactRevoked: progress.recount},
    commands=(
        *enrolment.COMMANDS,
        *answering.COMMANDS,
        *authoring.COMMANDS,
        *outlining.COMMANDS,
        *publishing.COMMANDS,
        *uploads.COMMANDS,
    ),
    jobs=(Job(name="courses.refresh", run=progress.refresh_course),),
    slots={"home.card": home.card},
    nav=(
        NavItem(title=N_("Kurse"), endpoint="catalogue.courses", icon="book-open", order=20),
        NavItem(
            title=N_("Werkbank"), endpoint="teach.courses", icon="pencil", order=30, permission="course.edit"
        ),
    ),
    personal_data=PERSONAL_DATA,
    seed=demo.seed,
)
