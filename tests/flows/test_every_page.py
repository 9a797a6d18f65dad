"""Every page of the acceptance academy, on a phone and at a desk, as somebody who may see it; and the learner's way by
keyboard alone.

No page may have a finding of axe-core, an error in the console, or be wider than the screen. A new page whose address
holds something new says in THINGS what stands for it, and in NOT_PAGES if it is no page at all.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Locator, Page, expect
from sqlalchemy import select
from werkzeug.routing import Rule

from courses.models import Activity, Enrolment, Section
from lms import seeding
from lms.contract import system
from lms.people import inviting
from lms.people.models import Organisation, Person, Site
from lms.testing.browser import DESKTOP, PHONE, axe_violations
from lms.work import Work
from plugins.certificates.models import Certificate
from tests.flows.conftest import Site as Running
from tests.flows.conftest import running

pytestmark = pytest.mark.once

VISITOR = "visitor"
NOWHERE = "gibt-es-nicht"  # in an address: the page says that there is nothing
RESULT = re.compile("von \\d+ richtig")
FIELDS = "input:not([type=hidden]), select, textarea"
FOCUSED = "document.activeElement.outerHTML.slice(0, 120)"
# Whether the middle of what has the focus is what one sees there, or lies within it.
IN_SIGHT = """() => {
  const it = document.activeElement, box = it.getBoundingClientRect();
  if (it === document.body || !box.width) return true;
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return !!top && (it.contains(top) || top.contains(it) || !!top.closest("label")?.contains(it));
}"""
# Who visits: by endpoint, else the first of these who holds the permission the page asks.
STAFF = {
    "administrator": "ralf",
    "academy_trainer": "katrin",
    "company_trainer": "petra",
    "apprentice": "lena",
}
AS = {
    "catalogue.finished": "aylin",
    "certificates.mine": "aylin",
    "home.today": "lena",
    "learn.activity": "lena",
    "people.account": "lena",
}
START_PAGES = (VISITOR, "petra", "katrin", "ines", "ralf", "gudrun", "anke", "peter")
NOT_PAGES = {
    "static",
    "files.serve",
    "public.healthz",
    "public.readyz",
    "teach.progress_csv",
    "certificates.pdf",
    "quiz.static",
}


def _aylin(work: Work) -> Enrolment:
    """A finished enrolment of somebody with a certificate."""
    statement = select(Enrolment).join(Person, Person.id == Enrolment.person_id)
    return work.session.scalars(
        statement.where(Person.username == "aylin", Enrolment.completed_at.is_not(None))
    ).first() or pytest.fail("Nobody finished a course in the acceptance academy.")


def _activity(work: Work, type: str) -> int:
    """A step of this type in the course Aylin and Lena take."""
    statement = select(Activity.id).join(Section).where(Activity.type == type)
    return (
        work.session.scalars(statement.where(Section.course_id == _lenas(work)).order_by(Activity.id)).first()
        or 0
    )


def _lenas(work: Work) -> int:
    statement = select(Enrolment.course_id).join(Person, Person.id == Enrolment.person_id)
    return (
        work.session.scalars(
            statement.where(Person.username == "lena").order_by(
                Enrolment.last_step_at.is_(None), Enrolment.id
            )
        ).first()
        or 0
    )


def _person(work: Work, username: str) -> Person:
    return work.session.scalars(select(Person).where(Person.username == username)).one()


def _first(model: type[Site] | type[Organisation] | type[Certificate]) -> Callable[[Work], int]:
    return lambda work: work.session.scalars(select(model.id).order_by(model.id)).first() or 0


# What stands for a variable of an address, by endpoint where that matters.
THINGS: Mapping[str, Callable[[Work], object]] = {
    "people.organisation:id": _first(Organisation),
    "people.site:id": _first(Site),
    "people.invitation:token": lambda work: inviting.new_link(work, _person(work, "sofia")),
    "people.setup:token": lambda work: NOWHERE,
    "catalogue.finished:course_id": lambda work: _aylin(work).course_id,
    "teach.answers:activity_id": lambda work: _activity(work, "quiz"),
    "id": lambda work: _person(work, "mehmet").id,
    "key": lambda work: "hilfe",
    "name": lambda work: "certificates",
    "course_id": _lenas,
    "activity_id": lambda work: _activity(work, "page"),
    "enrolment_id": lambda work: _aylin(work).id,
    "certificate_id": _first(Certificate),
    "code": lambda work: work.session.scalars(select(Certificate.code)).first(),
}
MORE = {  # further faces of pages that depend on what stands for the variable
    "learn.activity": {"activity_id": lambda work: _activity(work, "quiz")},
    "teach.activity": {"activity_id": lambda work: _activity(work, "quiz")},
    "public.verify": {"code": lambda work: NOWHERE},
}


@pytest.fixture(scope="module")
def academy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The acceptance academy, filled once."""
    with running(tmp_path_factory.mktemp("academy")) as site:
        seeding.seed(site.house, "acceptance")
        yield site


def addresses(site: Running) -> Iterator[tuple[str, str]]:
    """(who, path) of every page."""
    app = site.app
    adapter = app.url_map.bind("localhost")
    with site.house.work(system("test")) as work:
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
            if "GET" not in (rule.methods or ()) or rule.endpoint in NOT_PAGES:
                continue
            values = {name: _thing(work, rule, name) for name in rule.arguments}
            who = visitor(site, rule.endpoint)
            yield who, adapter.build(rule.endpoint, values)
            if rule.arguments and rule.endpoint in MORE:
                more = {name: thing(work) for name, thing in MORE[rule.endpoint].items()}
                yield who, adapter.build(rule.endpoint, {**values, **more})
    for who in START_PAGES:
        yield who, "/"


def _thing(work: Work, rule: Rule, name: str) -> object:
    thing = THINGS.get(f"{rule.endpoint}:{name}") or THINGS.get(name)
    assert thing is not None, f"{rule.rule} ({rule.endpoint}): say in THINGS what stands for <{name}>."
    return thing(work)


def visitor(site: Running, endpoint: str) -> str:
    """The user name of somebody who may see the page."""
    if endpoint in AS:
        return AS[endpoint]
    view = site.app.view_functions[endpoint]
    permissions = getattr(view, "asks", ())
    if not permissions:
        return VISITOR
    grants = site.house.registry.grants
    found = [who for role, who in STAFF.items() if set(permissions) & set(grants[role])]
    assert found, f"Nobody of {list(STAFF)} may see {endpoint} ({permissions}): say in AS who may."
    return found[0]


def signed_in(context: BrowserContext, site: Running, who: str) -> Page:
    page = context.new_page()
    if who != VISITOR:
        page.goto(f"{site.url}/sign-in")
        page.get_by_label("E-Mail oder Benutzername").fill(who)
        page.get_by_label("Passwort").fill(seeding.PASSWORD)
        page.get_by_role("button", name="Anmelden").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Guten")
    return page


def faults(page: Page, url: str) -> Iterator[str]:
    """What is wrong with the page, on a phone and at a desk."""
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and not (NOWHERE in url and "404" in message.text):
            said.append(f"console: {message.text}")

    def fail(error: Error) -> None:
        said.append(f"script: {error}")

    page.on("console", hear)
    page.on("pageerror", fail)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    answer = page.goto(url)
    expected = 404 if NOWHERE in url else 200
    if answer is None or answer.status != expected:
        yield f"answers {answer and answer.status}, not {expected}"
    if page.locator("h1").count() != 1:
        yield f"{page.locator('h1').count()} h1"
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wider > 0:
            yield f"{wider} px wider than {size['width']} px"
        without = (
            ["color-contrast"] if size is DESKTOP else []
        )  # colours are those of the phone, and slow to judge
        yield from (f"axe at {size['width']} px: {it}" for it in axe_violations(page, without=without))
    yield from said
    page.remove_listener("console", hear)
    page.remove_listener("pageerror", fail)


def test_no_page_is_broken_for_anybody(browser: Browser, academy: Running) -> None:
    pages = sorted(set(addresses(academy)))
    found = []
    for who, group in groupby(pages, key=lambda pair: pair[0]):
        with browser.new_context(viewport=PHONE, locale="de-DE") as context:  # type: ignore[arg-type]
            page = signed_in(context, academy, who)
            for _, path in group:
                found += [f"{who} {path}: {fault}" for fault in faults(page, academy.url + path)]
    assert len(pages) > 40, "where did the pages go?"
    assert found == []


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus; whatever has it on the way is in sight."""
    for _ in range(60):
        page.keyboard.press("Tab")
        assert page.evaluate(IN_SIGHT), f"{page.url}: the focus is hidden at {page.evaluate(FOCUSED)}"
        if target.evaluate("it => it === document.activeElement"):
            return
    pytest.fail(f"{page.url}: {target} cannot be reached by keyboard")


def test_the_learners_way_by_keyboard_alone(phone: Page, academy: Running) -> None:
    """Sign-in, lesson, quiz, result: no click, no tap."""
    phone.goto(f"{academy.url}/sign-in")
    tab_to(phone, phone.get_by_label("E-Mail oder Benutzername"))
    phone.keyboard.type("amira")
    tab_to(phone, phone.get_by_label("Passwort"))
    phone.keyboard.type(seeding.PASSWORD)
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Amira")

    phone.keyboard.press("Tab")
    expect(phone.get_by_role("link", name="Zum Inhalt")).to_be_focused()
    phone.keyboard.press("Enter")
    tab_to(phone, phone.get_by_role("link", name=re.compile("Weiterlernen|Anfangen")))
    phone.keyboard.press("Enter")
    expect(phone.locator("[data-activity=quiz]")).to_be_visible()
    for _ in range(30):
        if phone.get_by_text(RESULT).count():
            break
        answer_by_keyboard(phone)
    expect(phone.get_by_role("heading", level=1)).to_have_text(RESULT)
    assert axe_violations(phone) == []


def answer_by_keyboard(page: Page) -> None:
    """Put something into the question at hand, have it checked, and go on."""
    field = page.locator("[data-activity=quiz] form").locator(FIELDS).first
    tab_to(page, field)
    if field.evaluate("it => it.type") in ("radio", "checkbox"):
        page.keyboard.press("Space")
    elif field.evaluate("it => it.matches('select')"):
        page.keyboard.press("ArrowDown")
    else:
        page.keyboard.type("12")
    tab_to(page, page.get_by_role("button", name="Antwort prüfen"))
    page.keyboard.press("Enter")
    go_on = page.get_by_role("link", name="Weiter").or_(page.get_by_role("button", name="Ergebnis ansehen"))
    expect(go_on.first).to_be_visible()
    tab_to(page, go_on.first)
    page.keyboard.press("Enter")
    expect(go_on).to_have_count(0)
