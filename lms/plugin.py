"""The house's own Plugin object: it registers through the same door as a stranger's package."""

from lms import files, jobs, mail
from lms.contract import N_, Job, NavItem, Plugin
from lms.people.rules import GRANTS, PERMISSIONS, OrganisationScope, PersonFiles, SiteScope
from lms.privacy import PERSONAL_DATA

plugin = Plugin(
    name="lms",
    package="lms",
    title=N_("Haus"),
    provides=(SiteScope(), OrganisationScope(), PersonFiles()),
    permissions=(*PERMISSIONS, *files.PERMISSIONS),
    grants=GRANTS,
    jobs=(
        Job(name="lms.send_mail", run=mail.send),
        Job(name="lms.redeliver", run=jobs.redeliver),
        Job(name="lms.forget_done_jobs", run=jobs.forget_done, every="day"),
        Job(name="lms.sweep_files", run=files.sweep, every="day"),
    ),
    nav=(
        NavItem(title=N_("Heute"), endpoint="home.today", icon="sun", order=10),
        NavItem(
            title=N_("Personen"), endpoint="people.people", icon="users", order=60, permission="people.list"
        ),
    ),
    personal_data=PERSONAL_DATA,
)
