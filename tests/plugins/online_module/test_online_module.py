"""The online module: what is open when, and what counts."""

from courses.contract import CourseType, Step, StepFact
from lms.house import House
from lms.i18n import translate
from lms.registry import load
from plugins.online_module.module import FREE, IN_ORDER, OnlineModule

STEPS = [
    Step(id=1, type="page", title="Messen"),
    Step(id=2, type="page", title="Für Neugierige", required=False),
    Step(id=3, type="page", title="Anreißen"),
    Step(id=4, type="quiz", title="Sitzt es?"),
]


def gate(order: str, step: int, *done: int) -> str:
    module = OnlineModule()
    facts = [StepFact(step_id=id, kind="done") for id in done]
    settings = {"order": order}
    return module.gate(settings, STEPS, module.progress(settings, STEPS, facts), STEPS[step - 1])


def test_free_order_opens_everything() -> None:
    assert [gate(FREE, n) for n in (1, 2, 3, 4)] == [""] * 4


def test_settings_from_before_the_choice_mean_free() -> None:
    module = OnlineModule()
    assert module.gate({}, STEPS, module.progress({}, STEPS, []), STEPS[3]) == ""


def test_in_order_names_the_first_unfinished_required_step() -> None:
    assert gate(IN_ORDER, 1) == ""
    assert gate(IN_ORDER, 4) == "Erst „Messen“ fertig machen."
    assert gate(IN_ORDER, 4, 1) == "Erst „Anreißen“ fertig machen."
    assert gate(IN_ORDER, 4, 1, 3) == ""


def test_an_optional_step_waits_for_required_ones_and_holds_up_nobody() -> None:
    assert gate(IN_ORDER, 2) == "Erst „Messen“ fertig machen."
    assert gate(IN_ORDER, 3, 1) == ""


def test_a_finished_step_stays_open_when_the_course_changed_before_it() -> None:
    assert gate(IN_ORDER, 3, 3) == ""


def test_a_waived_step_counts_as_finished() -> None:
    module = OnlineModule()
    settings = {"order": IN_ORDER}
    progress = module.progress(settings, STEPS, [StepFact(step_id=1, kind="waived")])
    assert module.gate(settings, STEPS, progress, STEPS[2]) == ""


def test_optional_steps_do_not_count() -> None:
    facts = [StepFact(step_id=id, kind="done") for id in (1, 3, 4)]
    progress = OnlineModule().progress({}, STEPS, facts)
    assert (progress.done, progress.total, progress.complete) == (3, 3, True)


def test_the_reason_can_be_said_in_english(house: House) -> None:
    reason = gate(IN_ORDER, 4)
    assert translate(house.catalogues, "en", reason, {}) == "Finish “Messen” first."
    assert translate(house.catalogues, "de", reason, {}) == "Erst „Messen“ fertig machen."


def test_settings_accept_the_two_orders_only() -> None:
    assert OnlineModule.Settings.of({"order": IN_ORDER}).validate()
    assert not OnlineModule.Settings.of({"order": "backwards"}).validate()
    assert OnlineModule.Settings().values() == {"order": FREE}


def test_it_is_registered_and_keeps_its_contract() -> None:
    kind = load(strict=True).kind(CourseType, "online_module")
    assert isinstance(kind, OnlineModule)
    kind.check()
