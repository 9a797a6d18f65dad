"""Its listener falls over."""

from courses.contract import Enrolled
from lms.contract import Plugin
from lms.work import Work


def listen(work: Work, event: Enrolled) -> None:
    raise RuntimeError("broken on purpose")


plugin = Plugin(
    name="listener_raises",
    package="tests.house.broken_plugins.listener_raises",
    title="Kaputt",
    requires=("lms", "courses"),
    listeners={Enrolled: listen},
)
