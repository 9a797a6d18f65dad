"""Forgets its English."""

from wtforms import StringField

from courses.contract import ActivityType, At
from lms.contract import Page, Plugin
from lms.forms import BaseForm


class Broken(ActivityType):
    key = "german_only"
    title = "Kaputt"

    class Settings(BaseForm):
        word = StringField("Wort", default="")

    def show(self, at: At) -> Page:
        return Page(template="german_only/show.html")


plugin = Plugin(
    name="german_only",
    package="tests.house.broken_plugins.german_only",
    title="Kaputt",
    requires=("lms", "courses"),
    provides=(Broken(),),
)
