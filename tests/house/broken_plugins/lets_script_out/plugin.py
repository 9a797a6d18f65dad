"""Shows what an author wrote without escaping it."""

from wtforms import StringField

from courses.contract import ActivityType, At
from lms.contract import Page, Plugin
from lms.forms import BaseForm


class Broken(ActivityType):
    key = "lets_script_out"
    title = "Kaputt"

    class Settings(BaseForm):
        word = StringField("Wort", default="")

    def show(self, at: At) -> Page:
        return Page(template="lets_script_out/show.html", values={"word": at.settings["word"]})


plugin = Plugin(
    name="lets_script_out",
    package="tests.house.broken_plugins.lets_script_out",
    title="Kaputt",
    requires=("lms", "courses"),
    provides=(Broken(),),
)
