"""The online module's Plugin object: it brings one course type and keeps nothing about anybody."""

from lms.contract import N_, NOTHING, Plugin
from plugins.online_module.module import OnlineModule

plugin = Plugin(
    name="online_module",
    package="plugins.online_module",
    title=N_("Online-Modul"),
    requires=("courses",),
    provides=(OnlineModule(),),
    personal_data=NOTHING,
)
