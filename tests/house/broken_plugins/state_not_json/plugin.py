"""The state it keeps cannot be stored."""

from typing import Any

from wtforms import StringField

from courses.contract import ActivityType, At, Outcome
from lms.contract import Page, Plugin
from lms.forms import BaseForm


class Broken(ActivityType):
    key = "state_not_json"
    title = "Kaputt"

    class Settings(BaseForm):
        word = StringField("Wort", default="")

    def show(self, at: At) -> Page:
        return Page(template="state_not_json/show.html")

    def submit(self, at: At, data: Any) -> Outcome:
        return Outcome(done=True, state={"when": object()})


plugin = Plugin(
    name="state_not_json",
    package="tests.house.broken_plugins.state_not_json",
    title="Kaputt",
    requires=("lms", "courses"),
    provides=(Broken(),),
)
