"""The quiz's Plugin object: it brings one activity type; answers live in the teaching's tables."""

from lms.contract import N_, NOTHING, Plugin
from plugins.quiz import demo
from plugins.quiz.quiz import Quiz

plugin = Plugin(
    name="quiz",
    package="plugins.quiz",
    title=N_("Quiz"),
    requires=("courses",),
    provides=(Quiz(),),
    personal_data=NOTHING,
    seed=demo.seed,
)
