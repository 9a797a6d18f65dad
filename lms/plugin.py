"""The house's own Plugin object: it registers through the same door as a stranger's package."""

from lms import files, jobs, mail, seals
from lms.academy import AcademySettings
from lms.contract import N_, Command, Job, NavItem, Plugin
from lms.people import (
    accounts,
    demo,
    directory,
    forms,
    granting,
    inviting,
    legal,
    organisations,
    reporting,
    throttling,
)
from lms.people.rules import GRANTS, PERMISSIONS, OrganisationScope, PersonFiles, SiteScope
from lms.privacy import PERSONAL_DATA

plugin = Plugin(
    name="lms",
    package="lms",
    title=N_("Haus"),
    provides=(SiteScope(), OrganisationScope(), PersonFiles()),
    permissions=(*PERMISSIONS, *files.PERMISSIONS),
    grants=GRANTS,
    settings=AcademySettings,
    commands=(
        Command(
            name="people.accept",
            form=forms.AcceptForm,
            run=inviting.accept,
            prepare=inviting.hashed,
            public=True,
        ),
        Command(
            name="people.set_up",
            form=forms.SetupForm,
            run=inviting.set_up,
            prepare=inviting.hashed,
            public=True,
        ),
        Command(name="people.invite", form=forms.InviteForm, run=inviting.invite),
        Command(name="people.new_link", form=forms.PersonForm, run=inviting.give_new_link),
        Command(name="people.edit", form=forms.EditForm, run=directory.edit),
        Command(name="people.deactivate", form=forms.PersonForm, run=directory.deactivate),
        Command(name="people.reactivate", form=forms.PersonForm, run=directory.reactivate),
        Command(name="people.add_membership", form=forms.MembershipForm, run=directory.add_membership),
        Command(name="people.end_membership", form=forms.MembershipEndForm, run=directory.end_membership),
        Command(name="people.assign", form=forms.AssignForm, run=granting.assign),
        Command(name="people.withdraw", form=forms.AssignmentForm, run=granting.withdraw),
        Command(name="organisations.save", form=forms.OrganisationForm, run=organisations.save_organisation),
        Command(name="sites.save", form=forms.SiteForm, run=organisations.save_site),
        Command(name="account.save", form=forms.AccountForm, run=accounts.save),
        Command(name="account.language", form=forms.LanguageForm, run=accounts.choose_language),
        Command(name="account.end_sign_in", form=forms.EndSignInForm, run=accounts.end_sign_in),
        Command(name="pages.save", form=forms.LegalPageForm, run=legal.save),
        Command(name="reports.send", form=forms.ReportForm, run=reporting.send, public=True),
        Command(name="reports.handle", form=forms.ReportHandledForm, run=reporting.handle),
    ),
    jobs=(
        Job(name="lms.send_mail", run=mail.send),
        Job(name="lms.redeliver", run=jobs.redeliver),
        Job(name="lms.forget_done_jobs", run=jobs.forget_done, every="day"),
        Job(name="lms.seal_audit", run=seals.seal, every="minute"),
        Job(name="lms.anchor_audit", run=seals.anchor, every="day"),
        Job(name="lms.sweep_files", run=files.sweep, every="day"),
        Job(name="lms.forget_counters", run=throttling.clear_old, every="day"),
        Job(name="lms.forget_links", run=inviting.clear_old, every="day"),
    ),
    nav=(
        NavItem(title=N_("Heute"), endpoint="home.today", icon="sun", order=10),
        NavItem(
            title=N_("Personen"), endpoint="people.people", icon="users", order=60, permission="people.list"
        ),
        NavItem(
            title=N_("Verwaltung"),
            endpoint="admin.index",
            icon="settings",
            order=70,
            permission="settings.edit",
        ),
    ),
    personal_data=PERSONAL_DATA,
    seed=demo.seed,
)
