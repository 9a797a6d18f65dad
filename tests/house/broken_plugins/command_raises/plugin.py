"""Its form falls over when the post is empty."""

from lms.contract import Command, Done, Plugin
from lms.forms import BaseForm
from lms.work import Work


class Form(BaseForm):
    def validate(self, extra_validators: object = None) -> bool:
        return bool(self.data["nowhere"])


def run(work: Work, form: Form) -> Done:
    return Done()


plugin = Plugin(
    name="command_raises",
    package="tests.house.broken_plugins.command_raises",
    title="Kaputt",
    requires=("lms",),
    commands=(Command(name="command_raises.run", form=Form, run=run),),
)
