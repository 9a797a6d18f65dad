"""The page's Plugin object: it brings one activity type and keeps nothing about anybody."""

from lms.contract import N_, NOTHING, Plugin
from plugins.page.reading import ReadingPage

plugin = Plugin(
    name="page",
    package="plugins.page",
    title=N_("Lektion"),
    requires=("courses",),
    provides=(ReadingPage(),),
    personal_data=NOTHING,
)
