"""Flashcards: an activity type with one setting and one template."""

from wtforms import TextAreaField

from courses.contract import MARKED, ActivityType, At
from lms.contract import N_, Page, Plugin
from lms.forms import BaseForm


class Flashcards(ActivityType):
    """Cards to turn over; each line of the setting is 'front = back'."""

    key = "flashcards"
    title = N_("Lernkarten")
    completion = (MARKED,)

    class Settings(BaseForm):
        cards = TextAreaField(N_("Karten, je Zeile „Vorderseite = Rückseite“"), default="")

    def show(self, at: At) -> Page:
        lines = at.settings["cards"].splitlines()
        cards = [tuple(part.strip() for part in line.partition("=")[::2]) for line in lines if line.strip()]
        return Page(template="flashcards/show.html", values={"cards": cards})


plugin = Plugin(
    name="flashcards",
    package="lehrwerk_flashcards",
    title=N_("Lernkarten"),
    requires=("courses",),
    provides=(Flashcards(),),
)
