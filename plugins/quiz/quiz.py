"""Quiz: questions, graded on the server and explained one by one."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from courses.contract import PASSED, SUBMITTED, ActivityType, At, Outcome
from lms.contract import N_, Page
from lms.html import plain
from plugins.quiz.attempt import Attempt
from plugins.quiz.examples import example
from plugins.quiz.forms import QuizForm, numbered
from plugins.quiz.presenting import question_page, result_page, review_page
from plugins.quiz.questions import missing
from plugins.quiz.sample import from_sample
from plugins.quiz.types import TYPES


class Quiz(ActivityType):
    """Questions of six types. Each answer is checked and explained on its own; the last step grades them all."""

    key = "quiz"
    title = N_("Quiz")
    description = N_("Fragen mit Erklärung, vom Server ausgewertet.")
    icon = "circle-help"
    category = N_("Zum Mitmachen")
    completion = (PASSED, SUBMITTED)
    settings_template = "quiz/settings.html"

    class Settings(QuizForm):
        """The questions and what it takes to pass."""

    def show(self, at: At) -> Page:
        """One question, the verdict on one question, or the result."""
        attempt = Attempt(at)
        return result_page(attempt) if at.closed else question_page(attempt)

    def save(self, at: At, data: Any) -> dict[str, Any]:
        """Keep the answer to one question, and lock it if it was sent to be checked."""
        return Attempt(at).saved(data)

    def submit(self, at: At, data: Any) -> Outcome:
        """Grade all answers. Nothing that is posted here can change an answer or a score."""
        if at.closed:
            return Outcome(done=bool(at.state.get("passed")), score=at.state.get("score"), state=at.state)
        attempt = Attempt(at)
        if at.preview:  # nothing is stored, so there is only ever the one answer that was sent
            return Outcome(done=False, state=attempt.saved(data), closes=False)
        if not attempt.questions:
            return Outcome(done=False, state=at.state, closes=False)
        graded = attempt.graded()
        return Outcome(done=graded["passed"], score=graded["score"], state=graded)

    def review(self, at: At) -> Page:
        """All answers with their verdicts, for the trainer."""
        return review_page(Attempt(at))

    def attempts(self, settings: Mapping[str, Any]) -> int | None:
        return settings.get("attempts") or None

    def from_file(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        return from_sample(entry)

    def text(self, settings: Mapping[str, Any]) -> str:
        """The words of the open questions; what is right and why cannot be searched for."""
        words: list[str] = []
        for question in settings.get("questions") or ():
            words += [plain(question["prompt"]), *TYPES[question["type"]].words(question)]
        return " ".join(words)

    def problems(self, settings: Mapping[str, Any]) -> list[str]:
        questions = settings.get("questions") or []
        problems = [] if questions else [N_("Das Quiz hat noch keine Fragen.")]
        if not settings.get("pass_percent"):
            problems.append(N_("Ab wann das Quiz bestanden ist, fehlt noch."))
        return problems + [
            numbered(place, text)
            for place, question in enumerate(questions)
            for text in missing(question, TYPES)
        ]

    def samples(self, text: str = "") -> Iterable[Page]:
        """Open, locked, graded and reviewed, for a quiz with a question of every type."""
        settings = example(text)
        at = At(settings=settings, title=text or self.title)
        yield self.show(replace(at, settings=QuizForm().values()))
        for place, question in enumerate(settings["questions"], 1):
            yield self.show(replace(at, args={"q": str(place)}))
            yield self.show(replace(at, args={"q": str(place)}, state={"locked": [question["id"]]}))
        graded = replace(at, state=Attempt(at).graded(), closed=True)
        yield self.show(graded)
        yield self.review(graded)
