"""Where each rule of the app leads in the town of the tests, and what a browser would post there.

A new route whose address holds something new says here what stands for it; a new POST says what it sends.
"""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from lms.testing import fixtures
from tests.town import Town, picture

PEOPLE_OF_THE_MATRIX = (
    "visitor",
    "apprentice",
    "participant",
    "company_trainer",
    "other_company_trainer",
    "academy_trainer",
    "office",
    "observer",
    "management",
    "administrator",
)

# What stands for a variable of an address: by endpoint where that matters, else by blueprint, else for all.
THINGS: Mapping[str, Callable[[Town], Any]] = {
    "people.organisation:id": lambda t: t.ids["north"],
    "people.save_organisation:id": lambda t: t.ids["north"],
    "people.site:id": lambda t: t.ids["site"],
    "people.save_site:id": lambda t: t.ids["site"],
    "people.id": lambda t: t.people["colleague"],
    "people.reissue:id": lambda t: t.people["newcomer"],
    "people.letter:id": lambda t: t.people["newcomer"],
    "people.setup:token": lambda t: t.ids["setup"],
    "people.set_up:token": lambda t: t.ids["setup"],
    "people.token": lambda t: t.ids["invitation"],
    "admin.name": lambda t: "certificates",
    "key": lambda t: "impressum",
    "report": lambda t: t.ids["report_colleague"],
    "teach.remove_section:section_id": lambda t: t.ids["empty_section"],
    "teach.activity_id": lambda t: t.ids["draft_page"],
    "teach.answers:activity_id": lambda t: t.ids["quiz"],
    "course_id": lambda t: t.ids["course"],
    "activity_id": lambda t: t.ids["page"],
    "section_id": lambda t: t.ids["draft_section"],
    "enrolment_id": lambda t: t.ids["enrolment_colleague"],
    "certificate_id": lambda t: t.ids["certificate_colleague"],
    "code": lambda t: t.ids["code_colleague"],
    "file_id": lambda t: t.ids["file_colleague"],
    "files.name": lambda t: "bild.png",
    "static.filename": lambda t: "dist/manifest.json",
    "quiz.filename": lambda t: "editor.js",
}

PASSWORD = "ein-neues-Passwort-7"

# What a browser posts to each endpoint when all is well.
BODIES: Mapping[str, Callable[[Town], Mapping[str, Any]]] = {
    "people.sign_in_now": lambda t: {"login": "nobody", "password": "falsch-falsch"},
    "people.sign_out": lambda t: {},
    "people.accept_invitation": lambda t: {"password": PASSWORD},
    "people.set_up": lambda t: {
        "academy": "Hof",
        "short": "HO",
        "given_name": "A",
        "family_name": "B",
        "login": "first",
        "password": PASSWORD,
    },
    "people.save_account": lambda t: {"given_name": "A", "family_name": "B", "locale": "de", "theme": ""},
    "people.change_password": lambda t: {"current": fixtures.PASSWORD, "password": PASSWORD},
    "people.end_sign_in": lambda t: {"sign_in": "1"},
    "people.save": lambda t: {
        "given_name": "A",
        "family_name": "B",
        "username": "colleague",
        "revision": "1",
    },
    "people.deactivate": lambda t: {},
    "people.reactivate": lambda t: {},
    "people.assign": lambda t: {"role": "participant", "scope": "everywhere:0"},
    "people.withdraw": lambda t: {"assignment": t.ids["assignment_colleague"]},
    "people.add_membership": lambda t: {"organisation": t.ids["south"]},
    "people.end_membership": lambda t: {"membership": t.ids["membership_colleague"]},
    "people.send_invitation": lambda t: {
        "given_name": "Neu",
        "family_name": "Ling",
        "role": "apprentice",
        "organisation": t.ids["north"],
        "locale": "de",
    },
    "people.reissue": lambda t: {},
    "people.letter": lambda t: {"token": t.ids["invitation"]},
    "people.create_organisation": lambda t: {"kind": "guild", "name": "Innung", "site": t.ids["site"]},
    "people.save_organisation": lambda t: {
        "kind": "training_company",
        "name": "Nord",
        "site": t.ids["site"],
        "revision": "1",
    },
    "people.create_site": lambda t: {"name": "Neuer Hof"},
    "people.save_site": lambda t: {"name": "Alter Hof"},
    "public.send_contact": lambda t: {"text": "Guten Tag"},
    "public.send_barrier": lambda t: {"text": "Zu klein"},
    "public.language": lambda t: {"locale": "en"},
    "admin.save_settings": lambda t: {"name": "Akademie", "short": "AK", "revision": "0"},
    "admin.save_page": lambda t: {"locale": "de", "revision": "1", "html": "<p>Wir</p>"},
    "admin.handle_report": lambda t: {},
    "catalogue.join": lambda t: {},
    "learn.answer": lambda t: {"mark": "1"},
    "learn.save": lambda t: {"attempt": "1"},
    "learn.retry": lambda t: {},
    "teach.enrol": lambda t: {"people": t.people["participant"]},
    "teach.end_enrolment": lambda t: {},
    "teach.create_course": lambda t: {"type": "online_module", "title": "Neu"},
    "teach.save_course": lambda t: {
        "revision": t.ids["course_revision"],
        "title": "Neu",
        "level": "",
        "trade": "",
        "language": "de",
        "drawing": "d-plan",
        "minutes": "0",
        "settings-order": "free",
    },
    "teach.publish": lambda t: {},
    "teach.archive": lambda t: {},
    "teach.upload": lambda t: {"file": (picture(), "bild.png")},
    "teach.add_section": lambda t: {"title": "Übung"},
    "teach.rename_section": lambda t: {"title": "Übung", "revision": t.ids["draft_outline"]},
    "teach.remove_section": lambda t: {"revision": t.ids["draft_outline"]},
    "teach.move": lambda t: {"revision": t.ids["course_outline"], "activity": t.ids["page"], "to": "down"},
    "teach.reorder": lambda t: {
        "revision": t.ids["course_outline"],
        "list": "sections",
        "item": t.ids["course_section"],
    },
    "teach.add_activity": lambda t: {"type": "page"},
    "teach.save_activity": lambda t: {
        "revision": t.ids["draft_page_revision"],
        "title": "Seite",
        "minutes": "5",
        "completion": "marked",
        "settings-body": "<p>Neu</p>",
    },
    "teach.try_activity": lambda t: {},
    "teach.remove_activity": lambda t: {"revision": t.ids["draft_outline"]},
    "certificates.revoke": lambda t: {"reason": "Irrtum"},
}


def rules(app: Flask) -> list[tuple[str, Rule]]:
    """(method, rule) of every address of the app, in order. HEAD and OPTIONS follow GET."""
    found = [
        (method, rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    ]
    return sorted(found, key=lambda pair: (pair[1].rule, pair[0]))


def variables(town: Town, rule: Rule) -> dict[str, Any]:
    """What stands for each variable of this rule in the town."""
    blueprint = rule.endpoint.rpartition(".")[0] or rule.endpoint
    found = {}
    for name in rule.arguments:
        keys = (f"{rule.endpoint}:{name}", f"{blueprint}.{name}", name)
        known = next((THINGS[key] for key in keys if key in THINGS), None)
        assert known is not None, (
            f"{rule.rule} ({rule.endpoint}) has a variable <{name}> that no test knows: "
            f"say in THINGS of tests/house/addresses.py what stands for it."
        )
        found[name] = known(town)
    return found


def address(town: Town, rule: Rule, **changes: Any) -> str:
    """The address of this rule in the town, with other values where some are named."""
    with town.app.test_request_context():
        adapter = town.app.url_map.bind("localhost")
        return adapter.build(
            rule.endpoint, {**variables(town, rule), **changes}, method=sorted(rule.methods or ())[0]
        )


def body(town: Town, rule: Rule) -> dict[str, Any]:
    """What a browser posts there when all is well."""
    assert rule.endpoint in BODIES, (
        f"POST {rule.rule} ({rule.endpoint}) is new: say in BODIES of tests/house/addresses.py what a browser sends."
    )
    return dict(BODIES[rule.endpoint](town))
