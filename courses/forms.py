"""What authors send: the input schemas of the workbench's commands."""

from typing import Any

from wtforms import BooleanField, Field, FileField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, InputRequired, Length, NumberRange, Optional, ValidationError

from courses.contract import COMPLETIONS
from lms.contract import N_
from lms.forms import BaseForm, IdField, RichText, choices
from lms.people.trades import TRADES

MISSING = N_("Hier fehlt noch etwas.")
LONG = N_("Das ist zu lang.")
MINUTES = N_("Bitte eine Zahl von 0 bis 6000.")
SETTINGS = "settings"  # prefix of the fields a type asks for: settings-order

LEVELS = {
    "": N_("Ohne Angabe"),
    "Grundlagen": N_("Grundlagen"),
    "Aufbau": N_("Aufbau"),
    "Vertiefung": N_("Vertiefung"),
}
LANGUAGES = {"de": N_("Deutsch"), "en": N_("Englisch")}
DRAWINGS = {
    "d-dovetail": N_("Schwalbenschwanz"),
    "d-mortise": N_("Zapfen"),
    "d-saw": N_("Säge"),
    "d-circuit": N_("Stromkreis"),
    "d-pipe": N_("Rohr"),
    "d-flange": N_("Flansch"),
    "d-bricks": N_("Mauerwerk"),
    "d-layers": N_("Schichten"),
    "d-roof": N_("Dach"),
    "d-plan": N_("Plan"),
    "d-brush": N_("Pinsel"),
}


def required() -> InputRequired:
    return InputRequired(MISSING)


class SettingsField(Field):
    """What was posted for the type's own form, kept as it came: name -> texts. The rule validates it."""

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        self.process_errors: list[str] = []
        self.raw_data: list[Any] = []
        self.data = {
            name: [text for text in formdata.getlist(name) if isinstance(text, str)]
            for name in formdata or ()
            if name.startswith(SETTINGS + "-")
        }


class Ids(Field):
    """The ids of several things, in the order they were sent."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if not all(text.isdecimal() and len(text) < 10 for text in valuelist):
            raise ValueError(N_("Das gehört nicht hierher."))
        self.data = [int(text) for text in valuelist]


class CreateCourseForm(BaseForm):
    """A new course: its type and its title."""

    type = StringField(N_("Kurstyp"), [required()])
    title = StringField(N_("Titel"), [required(), Length(max=200, message=LONG)])


class CourseForm(BaseForm):
    """The description of a course, and what its type asks for."""

    course = IdField(validators=[required()])
    revision = IntegerField(validators=[required()])
    title = StringField(N_("Titel"), [required(), Length(max=200, message=LONG)])
    subtitle = StringField(N_("Untertitel"), [Length(max=300, message=LONG)], default="")
    description = RichText(N_("Worum es geht"))
    objectives = TextAreaField(
        N_("Lernziele"),
        description=N_("Eines je Zeile, als Tätigkeit: „Die Säge richtig einstellen“"),
        default="",
    )
    trade = SelectField(N_("Beruf"), choices=choices({"": N_("Alle Berufe"), **TRADES}))
    level = SelectField(N_("Stufe"), choices=choices(LEVELS))
    language = SelectField(N_("Sprache"), choices=choices(LANGUAGES))
    drawing = SelectField(N_("Zeichnung"), choices=choices(DRAWINGS))
    minutes = IntegerField(
        N_("Dauer in Minuten"),
        [Optional(), NumberRange(0, 6000, MINUTES)],
        description=N_("0: die Summe der Lektionen"),
        default=0,
    )
    listed = BooleanField(N_("Im Katalog zeigen"))
    self_enrol = BooleanField(N_("Alle dürfen sich selbst einschreiben"))
    settings = SettingsField()


class AddSectionForm(BaseForm):
    """A new section at the end of a course."""

    course = IdField(validators=[required()])
    title = StringField(N_("Name des Abschnitts"), [required(), Length(max=200, message=LONG)])


class OutlineForm(BaseForm):
    """Says which state of the outline the author saw."""

    revision = IntegerField(validators=[required()])


class SectionForm(OutlineForm):
    """The section itself, to remove it."""

    section = IdField(validators=[required()])


class RenameSectionForm(SectionForm):
    """Another name for a section."""

    title = StringField(N_("Name des Abschnitts"), [required(), Length(max=200, message=LONG)])


class AddActivityForm(BaseForm):
    """A new activity at the end of a section (or of the course, with a section of its own)."""

    course = IdField(validators=[required()])
    section = IdField()
    type = StringField(validators=[required()])


class ActivityForm(BaseForm):
    """An activity's frame, and what its type asks for."""

    activity = IdField(validators=[required()])
    revision = IntegerField(validators=[required()])
    title = StringField(N_("Titel"), [required(), Length(max=200, message=LONG)])
    minutes = IntegerField(N_("Dauer in Minuten"), [Optional(), NumberRange(0, 6000, MINUTES)], default=0)
    required = BooleanField(N_("Gehört zum Abschluss"))
    completion = StringField(N_("Wann ist es fertig?"), [AnyOf(list(COMPLETIONS), N_("Bitte auswählen."))])
    settings = SettingsField()


class RemoveActivityForm(OutlineForm):
    """The activity to take out of the draft."""

    activity = IdField(validators=[required()])


class OrderForm(OutlineForm):
    """The things of one list in their new order: sections of a course, or activities of a section."""

    course = IdField(validators=[required()])
    list = StringField(validators=[required()])  # 'sections', or the id of a section
    item = Ids(validators=[required()])


class MoveForm(OutlineForm):
    """One thing a place up or down."""

    course = IdField(validators=[required()])
    section = IdField()
    activity = IdField()
    to = StringField(validators=[AnyOf(["up", "down"])])


class TargetForm(BaseForm):
    """A course, to publish or archive it."""

    course = IdField(validators=[required()])


class UploadForm(BaseForm):
    """A picture for a course's texts."""

    course = IdField(validators=[required()])
    use = StringField(
        validators=[AnyOf(["", "lesson"])], default=""
    )  # '' for the description, which all may see
    file = FileField(N_("Bilddatei"), [required()])

    def validate_file(self, field: FileField) -> None:
        if not hasattr(field.data, "stream"):
            raise ValidationError(MISSING)
