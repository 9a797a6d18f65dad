"""Quiz: questions, graded on the server and explained one by one."""

from wtforms import BooleanField, IntegerField
from wtforms.validators import InputRequired, NumberRange

from courses.contract import PASSED, SUBMITTED, ActivityType, At
from lms.contract import N_, Page
from lms.forms import BaseForm, JSONField


class Quiz(ActivityType):
    """A quiz."""

    key = "quiz"
    title = N_("Quiz")
    description = N_("Fragen, die der Server auswertet, mit einer Erklärung zu jeder Antwort.")
    icon = "circle-help"
    category = N_("Zum Mitmachen")
    completion = (PASSED, SUBMITTED)

    class Settings(BaseForm):
        """The questions and what it takes to pass."""

        questions = JSONField(N_("Fragen"), default=list)
        pass_percent = IntegerField(
            N_("Bestanden ab (Prozent)"), [InputRequired(), NumberRange(1, 100)], default=80
        )
        attempts = IntegerField(N_("Versuche (0: beliebig viele)"), [NumberRange(0, 100)], default=0)
        shuffle = BooleanField(N_("Antworten mischen"), default=True)

    def show(self, at: At) -> Page:
        return Page(template="quiz/question.html", values={"number": len(at.settings.get("questions") or ())})
