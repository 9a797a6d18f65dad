"""The certificates plugin."""

from wtforms import StringField, validators

from courses.contract import CourseCompleted
from lms.contract import N_, Command, Job, NavItem, PersonalData, Plugin
from lms.forms import BaseForm
from plugins.certificates import demo, issuing, listing
from plugins.certificates.rules import GRANTS, PERMISSIONS


class Settings(BaseForm):
    """What stands under every certificate."""

    place = StringField(N_("Ort"), validators=[validators.Length(max=80)], default="")
    signer = StringField(N_("Wer unterzeichnet?"), validators=[validators.Length(max=120)], default="")
    signer_role = StringField(N_("Funktion"), validators=[validators.Length(max=120)], default="")


plugin = Plugin(
    name="certificates",
    package="plugins.certificates",
    title=N_("Zertifikate"),
    requires=("lms", "courses"),
    provides=(issuing.CertificateVerification(), listing.CertificateFiles()),
    permissions=PERMISSIONS,
    grants=GRANTS,
    settings=Settings,
    listeners={CourseCompleted: issuing.issue},
    commands=(Command(name="certificates.revoke", form=issuing.RevokeForm, run=issuing.revoke),),
    jobs=(Job(name="certificates.render", run=issuing.render),),
    slots={"course.side": listing.course_side, "person.page": listing.person_page},
    nav=(
        NavItem(
            title=N_("Zertifikate"),
            endpoint="certificates.mine",
            icon="award",
            order=50,
            roles=frozenset({"apprentice", "participant"}),
        ),
        NavItem(
            title=N_("Zertifikate"),
            endpoint="certificates.issued",
            icon="award",
            order=50,
            roles=frozenset({"office", "administrator", "company_trainer"}),
        ),
    ),
    personal_data=PersonalData(export=listing.export, erase=listing.erase),
    seed=demo.seed,
    catch_up=issuing.catch_up,
)
