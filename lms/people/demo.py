"""The people of the demo academy: everybody made up, everybody with the same documented password."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from lms.people import names, signing_in
from lms.people.models import Assignment, Membership, Organisation, Person, Site
from lms.seeding import PASSWORD, sign_in_of

if TYPE_CHECKING:
    from lms.work import Work

MAIL = "elbhandwerk.example"
ACADEMY = {
    "name": "Innovationsakademie Elbhandwerk",
    "short": "EH",
    "places": "Meißen · Stendal",
    "base_line": "Lernen für das Handwerk, in der Werkstatt und unterwegs.",
    "contact_email": f"buero@{MAIL}",
    "contact_phone": "03521 555 0123",
    "address": "Innovationsakademie Elbhandwerk\nWerkhof 4\n01662 Meißen",
}
SITES = {"Meißen": "Werkhof 4, 01662 Meißen", "Stendal": "Lindenstraße 18, 39576 Stendal"}
ORGANISATIONS = {  # name -> (kind, place)
    "Holzwerk Böhme": ("training_company", "Meißen"),
    "Elektro Arndt": ("training_company", "Stendal"),
    "Tischlerinnung Elbtal": ("guild", "Meißen"),
}
HOLZWERK, ELEKTRO, GUILD = ORGANISATIONS


@dataclass(frozen=True)
class Made:
    """Somebody made up. The user name is the given name, so given names are used once."""

    given_name: str
    family_name: str
    role: str
    organisation: str = ""
    trade: str = ""
    year: int | None = None

    @property
    def username(self) -> str:
        return names.suggested_username(self.given_name, "")


STAFF = (
    Made("Ralf", "Bergmann", "administrator"),
    Made("Ines", "Pohl", "office"),
    Made("Katrin", "Seidel", "academy_trainer"),
    Made("Thomas", "Vogel", "academy_trainer"),
    Made("Petra", "Böhme", "company_trainer", HOLZWERK),
    Made("Jens", "Lindner", "company_trainer", HOLZWERK),
    Made("Uwe", "Arndt", "company_trainer", ELEKTRO),
    Made("Gudrun", "Franke", "observer", GUILD),
    Made("Anke", "Wolf", "management"),
    Made("Peter", "Sommer", "participant"),
)
APPRENTICES = (
    Made("Lena", "Hartwig", "apprentice", HOLZWERK, "tischler", 1),
    Made("Mehmet", "Yıldız", "apprentice", HOLZWERK, "tischler", 2),
    Made("Sofia", "Kowalska", "apprentice", HOLZWERK, "tischler", 1),
    Made("Paul", "Richter", "apprentice", HOLZWERK, "tischler", 2),
    Made("Aylin", "Demir", "apprentice", HOLZWERK, "tischler", 3),
    Made("Jonas", "Krüger", "apprentice", HOLZWERK, "zimmerer", 1),
    Made("Finn", "Schröter", "apprentice", HOLZWERK, "zimmerer", 2),
    Made("Minh", "Nguyễn", "apprentice", HOLZWERK, "zimmerer", 1),
    Made("Amira", "Haddad", "apprentice", HOLZWERK, "zimmerer", 3),
    Made("Emil", "Wagner", "apprentice", ELEKTRO, "elektroniker_eg", 1),
    Made("Noor", "Rahimi", "apprentice", ELEKTRO, "elektroniker_eg", 2),
    Made("Clara", "Zschoche", "apprentice", ELEKTRO, "elektroniker_eg", 1),
    Made("Dariusz", "Nowak", "apprentice", ELEKTRO, "elektroniker_eg", 3),
    Made("Hannes", "Möller", "apprentice", ELEKTRO, "elektroniker_eg", 2),
)
MORE = (  # given and family names of further apprentices, for acceptance
    ("Greta", "Busch"),
    ("Yusuf", "Şahin"),
    ("Marie", "Lehmann"),
    ("Oleh", "Bondarenko"),
    ("Leonie", "Groß"),
    ("Matteo", "Ricci"),
    ("Johanna", "Thiele"),
    ("Tarek", "Mansour"),
    ("Ida", "Kretzschmar"),
    ("Kwame", "Boateng"),
)
FIXED = 20261122  # what chance begins with, so that every installation gets the same people


def seed(work: "Work", profile: str) -> Mapping[str, Any]:
    """Make the academy, its partners and its people; who they are, for seed.json."""
    work.house.settings.save(work, "lms", ACADEMY, work.settings("lms").revision)
    organisations = _organisations(work)
    password_hash = signing_in.hasher.hash(PASSWORD)  # once for all of them: hashing is made to be slow
    made = [*STAFF, *APPRENTICES, *(_more() if profile == "acceptance" else ())]
    people = {m: _person(work, m, organisations.get(m.organisation), password_hash) for m in made}
    work.session.flush()
    for m, person in people.items():
        _enrol_in_house(work, m, person, organisations.get(m.organisation))
    users: dict[str, list[dict[str, str]]] = {}
    for m, person in people.items():
        users.setdefault(m.role, []).append(sign_in_of(person))
    noor = next(person for m, person in people.items() if m.given_name == "Noor")
    uwe = next(person for m, person in people.items() if m.given_name == "Uwe")
    return {
        "users": users,
        "urls": {"other_company_apprentice": {"url": f"/people/{noor.id}", "user": sign_in_of(uwe)}},
    }


def _organisations(work: "Work") -> dict[str, Organisation]:
    sites = {name: Site(name=name, address=address) for name, address in SITES.items()}
    made = {
        name: Organisation(kind=kind, name=name, sort_key=names.folded(name), place=place, site=sites[place])
        for name, (kind, place) in ORGANISATIONS.items()
    }
    work.session.add_all([*sites.values(), *made.values()])
    work.session.flush()
    return made


def _more() -> Iterator[Made]:
    chance = random.Random(FIXED)  # noqa: S311 - chance that is the same every time is what we want
    for number, (given_name, family_name) in enumerate(MORE):
        organisation = (HOLZWERK, ELEKTRO)[number % 2]
        trade = chance.choice(("tischler", "zimmerer")) if organisation == HOLZWERK else "elektroniker_eg"
        yield Made(given_name, family_name, "apprentice", organisation, trade, chance.randint(1, 3))


def _person(work: "Work", made: Made, organisation: Organisation | None, password_hash: str) -> Person:
    email = f"{made.username}@{MAIL}"
    person = Person(
        given_name=made.given_name,
        family_name=made.family_name,
        sort_key=names.sort_key(made.given_name, made.family_name),
        username=made.username,
        email=email,
        email_key=signing_in.canonical(email),
        password_hash=password_hash,
        birth_date=_birth_date(work.today, made),
        trade=made.trade,
        training_year=made.year,
        created_at=work.now - timedelta(days=60),
    )
    work.session.add(person)
    return person


def _birth_date(today: date, made: Made) -> date | None:
    """Apprentices are 16 to 20, so some of them are minors; of the others no age is kept."""
    if made.year is None:
        return None
    spread = sum(map(ord, made.family_name))
    return today - timedelta(days=365 * (15 + made.year + spread % 2) + spread % 300)


def _enrol_in_house(work: "Work", made: Made, person: Person, organisation: Organisation | None) -> None:
    scope = ("organisation", organisation.id) if organisation else ("everywhere", 0)
    visiting = made.role == "observer"
    work.session.add(
        Assignment(
            person_id=person.id,
            role=made.role,
            scope_kind=scope[0],
            scope_id=scope[1],
            valid_from=work.today if visiting else None,
            valid_until=work.today + timedelta(days=90) if visiting else None,
            purpose="Gesellenprüfung" if visiting else "",
            source="seed",
        )
    )
    if organisation is not None:
        since = work.today - timedelta(days=60)
        work.session.add(Membership(person_id=person.id, organisation_id=organisation.id, valid_from=since))
