"""Its show() returns text, not a Page."""

from wtforms import StringField

from courses.contract import ActivityType, At
from lms.contract import Page, Plugin
from lms.forms import BaseForm


class Broken(ActivityType):
    key = "show_no_page"
    title = "Kaputt"

    class Settings(BaseForm):
        word = StringField("Wort", default="")

    def show(self, at: At) -> Page:
        return "hello"  # type: ignore[return-value]


plugin = Plugin(
    name="show_no_page",
    package="tests.house.broken_plugins.show_no_page",
    title="Kaputt",
    requires=("lms", "courses"),
    provides=(Broken(),),
)
