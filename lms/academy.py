"""The academy itself: its settings, and those of every plugin that has some."""

from typing import TYPE_CHECKING, Any

from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional, Regexp

from lms import commands
from lms.contract import N_, Done
from lms.errors import Missing, Stale
from lms.forms import BaseForm, mail_address

if TYPE_CHECKING:
    from lms.contract import Plugin
    from lms.work import Work


class AcademySettings(BaseForm):
    """What the academy is called and how it is reached. `academy` in every template."""

    name = StringField(
        N_("Name der Akademie"),
        [DataRequired(N_("Hier fehlt noch etwas.")), Length(max=120)],
        default="Unsere Akademie",
    )
    short = StringField(
        N_("Kürzel"),
        [
            DataRequired(N_("Hier fehlt noch etwas.")),
            Regexp(r"^[A-Z0-9]{1,6}$", message=N_("Ein bis sechs Großbuchstaben oder Ziffern.")),
        ],
        description=N_("Steht vor jeder Zertifikatsnummer, zum Beispiel EH-2026-0001."),
        default="LW",
    )
    places = StringField(
        N_("Orte"), [Length(max=120)], description=N_("Zum Beispiel: Meißen · Stendal"), default=""
    )
    base_line = StringField(
        N_("Leitsatz"),
        [Length(max=160)],
        description=N_("Ein Satz für die Startseite."),
        default="",
    )
    contact_email = StringField(N_("E-Mail für Anfragen"), [Optional(), mail_address], default="")
    contact_phone = StringField(N_("Telefon"), [Length(max=60)], default="")
    address = TextAreaField(N_("Anschrift"), [Length(max=400)], default="")


def with_settings(work: "Work") -> list["Plugin"]:
    """The plugins that have something to set."""
    work.require("settings.edit")
    return [plugin for plugin in work.house.registry.plugins.values() if plugin.settings is not None]


def settings_form(work: "Work", name: str, posted: Any = None) -> tuple["Plugin", BaseForm]:
    """A plugin and its settings as a form, filled from what was posted or from what is stored."""
    work.require("settings.edit")
    plugin = work.house.registry.plugins.get(name)
    if plugin is None or plugin.settings is None:
        raise Missing("settings")
    return plugin, plugin.settings.of(posted, **vars(work.settings(name)))


def save_settings(work: "Work", plugin: "Plugin", form: BaseForm, revision: int, key: str = "") -> Done:
    """Store a plugin's settings from a validated form. Raises Stale, with both versions, if somebody was faster."""
    work.require("settings.edit")

    def act() -> Done:
        try:
            work.house.settings.save(work, plugin.name, form.values(), revision)
        except Stale as stale:
            labels = {field.name: str(field.label.text) for field in form}
            theirs = {**form.__class__().values(), **stale.theirs}
            raise Stale(stale.message, theirs=theirs, mine=stale.mine, labels=labels) from stale
        return Done(subject=f"settings:{plugin.name}")

    return commands.once(work, "settings.save", key, [plugin.name, revision, form.values()], act)
