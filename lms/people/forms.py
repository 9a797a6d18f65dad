"""What people may send to the house. Choices that depend on who asks are filled in by the views for display only;
whether a choice is allowed is decided by the rule functions."""

from typing import Any, Self

from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    HiddenField,
    IntegerField,
    PasswordField,
    SearchField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, Optional, Regexp

from lms.contract import N_
from lms.forms import BaseForm, IdField, RichText, choices, mail_address, small_id
from lms.people.legal import TITLES
from lms.people.models import ORGANISATION_KINDS
from lms.people.rules import ROLES
from lms.people.trades import TRADES

REQUIRED = DataRequired(N_("Hier fehlt noch etwas."))
NAME = [REQUIRED, Length(max=100)]
LANGUAGES = {"de": "Deutsch", "en": "English"}
YEARS = {str(year): str(year) for year in range(1, 5)}
ALL, NONE = {"": N_("alle")}, {"": "–"}


def optional_number(value: object) -> int | None:
    """A number from a select field whose first choice is empty; None for what is no number."""
    try:
        return small_id(value)
    except ValueError:
        return None


class ChoiceOfThings(SelectField):
    """One of the things the view offers, or none; the rule function decides whether it may be chosen."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, choices=[], coerce=optional_number, validate_choice=False, **kwargs)


class PageNumber(BaseForm):
    """Which part of a list is wanted."""

    page = IntegerField(default=1)
    size = IntegerField(default=50)

    def usable(self) -> Self:
        """This form without the values it does not accept: a filter nobody offered filters nothing."""
        self.validate()
        for field in self:
            if field.errors:
                field.data = field.default
        return self


class PeopleFilter(PageNumber):
    name = SearchField(N_("Name"), [Length(max=100)])
    role = SelectField(N_("Rolle"), choices=choices(ALL, ROLES), default="")
    organisation = ChoiceOfThings(N_("Betrieb oder Einrichtung"))
    trade = SelectField(N_("Beruf"), choices=choices(ALL, TRADES), default="")
    state = SelectField(
        N_("Konto"), choices=choices({"": N_("aktiv"), "inactive": N_("gesperrt")}), default=""
    )


class OrganisationFilter(PageNumber):
    name = SearchField(N_("Name"), [Length(max=100)])
    kind = SelectField(N_("Art"), choices=choices(ALL, ORGANISATION_KINDS), default="")


class SecretForm(BaseForm):
    """A form whose rule makes a secret (a link, a sign-in). It is for this answer only and never stored."""

    secret = ""


class SignInForm(BaseForm):
    login = StringField(N_("E-Mail oder Benutzername"), [REQUIRED, Length(max=200)])
    password = PasswordField(N_("Passwort"), [REQUIRED])


class NewPassword(SecretForm):
    token = HiddenField()
    device = HiddenField()  # what the browser says of itself; set by the view, whatever is posted
    password = PasswordField(N_("Neues Passwort"), [REQUIRED], description=N_("Mindestens 10 Zeichen."))


class AcceptForm(NewPassword):
    pass


class SetupForm(NewPassword):
    academy = StringField(N_("Name der Akademie"), [REQUIRED, Length(max=120)])
    short = StringField(
        N_("Kürzel"),
        [REQUIRED, Regexp(r"^[A-Z0-9]{1,6}$", message=N_("Ein bis sechs Großbuchstaben oder Ziffern."))],
        filters=[lambda text: text.strip().upper() if text else text],
        description=N_("Steht vor jeder Zertifikatsnummer, zum Beispiel EH-2026-0001."),
    )
    given_name = StringField(N_("Vorname"), NAME)
    family_name = StringField(N_("Nachname"), NAME)
    login = StringField(
        N_("E-Mail oder Benutzername"),
        [REQUIRED, Length(max=200)],
        description=N_("Damit melden Sie sich an."),
    )

    def validate_login(self, field: StringField) -> None:
        if "@" in field.data:
            mail_address(self, field)


class AccountForm(BaseForm):
    locale = SelectField(N_("Sprache"), choices=choices(LANGUAGES))
    theme = SelectField(
        N_("Farben"),
        choices=choices({"": N_("wie das Gerät"), "light": N_("hell"), "dark": N_("dunkel")}),
        default="",
    )


class LanguageForm(BaseForm):
    locale = SelectField(choices=choices(LANGUAGES))


class PasswordForm(BaseForm):
    current = PasswordField(N_("Bisheriges Passwort"), [REQUIRED])
    password = PasswordField(N_("Neues Passwort"), [REQUIRED], description=N_("Mindestens 10 Zeichen."))


class EndSignInForm(BaseForm):
    sign_in = IdField(validators=[REQUIRED])


class PersonFields(SecretForm):
    given_name = StringField(N_("Vorname"), NAME)
    family_name = StringField(N_("Nachname"), NAME)
    email = EmailField(N_("E-Mail"), [Optional(), Length(max=200), mail_address])
    username = StringField(N_("Benutzername"), [Length(max=40)])
    trade = SelectField(N_("Beruf"), choices=choices(NONE, TRADES), default="")
    training_year = SelectField(
        N_("Ausbildungsjahr"),
        choices=choices(NONE, YEARS),
        coerce=optional_number,
    )


class InviteForm(PersonFields):
    email = EmailField(
        N_("E-Mail"),
        [Optional(), Length(max=200), mail_address],
        description=N_("Ohne E-Mail geht es auch: mit dem gedruckten Brief."),
    )
    username = StringField(
        N_("Benutzername"),
        [Length(max=40)],
        description=N_("Bleibt das Feld leer, entsteht er aus dem Namen."),
    )
    role = SelectField(N_("Rolle"), choices=choices(ROLES), default="apprentice")
    organisation = ChoiceOfThings(N_("Betrieb oder Einrichtung"))
    locale = SelectField(N_("Sprache"), choices=choices(LANGUAGES), default="de")


class EditForm(PersonFields):
    person = IdField()
    revision = IntegerField(validators=[REQUIRED])
    birth_date = DateField(N_("Geburtsdatum"), [Optional()])


class PersonForm(SecretForm):
    person = IdField()


class LetterForm(BaseForm):
    person = IdField()
    token = HiddenField(validators=[REQUIRED, Length(max=100)])


class AssignForm(BaseForm):
    person = IdField()
    role = SelectField(N_("Rolle"), choices=choices(ROLES))
    scope = SelectField(N_("Bereich"), [Regexp(r"^[a-z_]{1,40}:\d{1,9}$")], choices=[], validate_choice=False)
    valid_from = DateField(N_("Ab"), [Optional()])
    valid_until = DateField(N_("Bis (letzter Tag)"), [Optional()])
    purpose = StringField(N_("Wofür"), [Length(max=200)])


class AssignmentForm(BaseForm):
    person = IdField()
    assignment = IdField(validators=[REQUIRED])


class MembershipForm(BaseForm):
    person = IdField()
    organisation = ChoiceOfThings(N_("Betrieb oder Einrichtung"), validators=[REQUIRED])
    valid_from = DateField(N_("Ab"), [Optional()])


class MembershipEndForm(BaseForm):
    person = IdField()
    membership = IdField(validators=[REQUIRED])


class OrganisationForm(BaseForm):
    organisation = IdField()
    revision = IntegerField(validators=[Optional()])
    kind = SelectField(N_("Art"), choices=choices(ORGANISATION_KINDS))
    name = StringField(N_("Name"), [REQUIRED, Length(max=160)])
    place = StringField(N_("Ort"), [Length(max=120)])
    site = ChoiceOfThings(N_("Standort"))


class SiteForm(BaseForm):
    site = IdField()
    name = StringField(N_("Name"), [REQUIRED, Length(max=120)])
    address = TextAreaField(N_("Anschrift"), [Length(max=400)])


class ReportForm(BaseForm):
    address = HiddenField()  # where it comes from; set by the view for counting, and not kept
    kind = HiddenField(default="contact")
    page = HiddenField(validators=[Length(max=300)])
    text = TextAreaField(N_("Nachricht"), [REQUIRED, Length(max=5000)])
    reply_to = EmailField(N_("E-Mail für die Antwort"), [Optional(), Length(max=200), mail_address])


class ReportHandledForm(BaseForm):
    report = IdField()


class LegalPageForm(BaseForm):
    key = SelectField(choices=choices(TITLES))
    locale = SelectField(choices=choices(LANGUAGES))
    revision = IntegerField(validators=[REQUIRED])
    html = RichText(N_("Text"), [REQUIRED])
    reviewed = BooleanField(N_("Der Text ist geprüft"))


class VerifyForm(BaseForm):
    number = StringField(N_("Nummer des Zertifikats"), [Length(max=60)])


class AuditFilter(PageNumber):
    actor = SearchField(N_("Wer"), [Length(max=100)])
    action = SearchField(N_("Was"), [Length(max=100)])
    subject = SearchField(N_("Woran"), [Length(max=100)])
