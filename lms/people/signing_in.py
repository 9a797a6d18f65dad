"""Passwords, sign-ins and throttling. Nothing here sees a request."""

import hashlib
import secrets
import unicodedata
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import Date, and_, bindparam, delete, or_, select, update

from lms.contract import N_, Actor, Held
from lms.errors import Invalid, Throttled
from lms.people import throttling
from lms.people.models import Assignment, Person, SignIn
from lms.people.rules import valid_on

if TYPE_CHECKING:
    from lms.house import House
    from lms.work import Work

IDLE = timedelta(days=14)
ABSOLUTE = timedelta(days=60)
SEEN_STEP = timedelta(minutes=5)
FAILURES_PER_ACCOUNT_AND_ADDRESS = 8
FAILURES_PER_ADDRESS = 40
WINDOW = timedelta(minutes=10)
COMMON = frozenset(  # long enough, and tried first by everybody who guesses
    [
        "passwort12",
        "passwort123",
        "passwort1234",
        "password12",
        "password123",
        "password1234",
        "1234567890",
        "12345678910",
        "0123456789",
        "qwertzuiop",
        "qwertyuiop",
        "qwertz12345",
        "hallo12345",
        "hallohallo",
        "ausbildung",
        "handwerk123",
        "tischler123",
        "lehrwerk123",
        "berufsschule",
        "sommer2026",
        "winter2026",
        "herbst2026",
        "fruehling2026",
        "schalke04!",
        "ichliebedich",
        "1q2w3e4r5t",
        "abcdefghij",
        "geheim1234",
        "admin12345",
        "administrator",
        "willkommen",
        "willkommen1",
        "iloveyou12",
        "letmein123",
        "changeme123",
    ]
)

# OWASP password storage cheat sheet: argon2id, 19 MiB, 2 passes, 1 lane
ARGON2ID: dict[str, Any] = {"time_cost": 2, "memory_cost": 19 * 1024, "parallelism": 1}
hasher = PasswordHasher(**ARGON2ID)
_nobody = hasher.hash(secrets.token_hex())


def canonical(text: str) -> str:
    """One form per identity for user names and e-mail addresses: NFKC, no invisible characters, case folded."""
    text = unicodedata.normalize("NFKC", text.strip())
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cc"))
    return unicodedata.normalize("NFKC", text.casefold()).rstrip(".")


def token_hash(token: str) -> str:
    """What is stored instead of a random token."""
    return hashlib.sha256(token.encode()).hexdigest()


def check_new_password(password: str, *words: str) -> None:
    """Raise Invalid unless the password is long enough and not one of the words beside it (NIST SP 800-63B)."""
    if len(password) < 10:
        raise Invalid(N_("Das Passwort ist zu kurz. Nimm mindestens 10 Zeichen."), field="password")
    if len(password) > 200:
        raise Invalid(N_("Das Passwort ist zu lang."), field="password")
    folded = canonical(password)
    if (
        folded in COMMON
        or len(set(folded)) < 4
        or any(word and canonical(word) in (folded, folded[::-1]) for word in words)
    ):
        raise Invalid(N_("Das Passwort ist zu leicht zu erraten."), field="password")


def find_person(work: "Work", login: str) -> Person | None:
    """The active person with this user name or e-mail address."""
    key = canonical(login)
    statement = select(Person).where(or_(Person.username == key, Person.email_key == key), Person.active)
    return work.session.scalars(statement).first() if key else None


def sign_in(
    house: "House", login: str, password: str, address: str, device: str, *, instead_of: int | None = None
) -> str:
    """The secret token of a new sign-in. Raises Invalid or Throttled; takes the same time whoever is named.

    The password is checked between two short transactions, never inside one. The second one looks at the counters
    again, so that many guesses at the same moment get no further than as many in a row. `instead_of` is the sign-in
    this browser had before; it ends.
    """
    limits = _limits(canonical(login), throttling.network(address))
    try:
        with house.work(readonly=True) as work:
            throttling.refuse(work, limits)
            person = find_person(work, login)
            found = (person.id, person.password_hash) if person else None
        right = proves(found[1] if found else None, password)
        with house.work() as work:
            throttling.refuse(work, limits)
            if right and found is not None:
                throttling.forget(work, limits[0][0])
                return _begin(work, found[0], device, instead_of)
            for key, _ in limits:
                throttling.count(work, key, WINDOW)
            work.audit("sign_in.failed", f"person:{found[0]}" if found else "")
    except Throttled:
        with house.work() as work:
            work.audit("sign_in.throttled")
        raise
    raise Invalid(N_("Name oder Passwort stimmt nicht."))


def _limits(login: str, address: str) -> tuple[tuple[str, int], tuple[str, int]]:
    """Counters and how far they may go: this account from this address, and this address."""
    return (
        (f"sign-in:account:{token_hash(login + '|' + address)}", FAILURES_PER_ACCOUNT_AND_ADDRESS),
        (f"sign-in:address:{token_hash(address)}", FAILURES_PER_ADDRESS),
    )


def _begin(work: "Work", person_id: int, device: str, instead_of: int | None) -> str:
    if instead_of is not None:
        sign_out(work, instead_of)
    work.audit("sign_in", f"person:{person_id}")
    return start(work, person_id, device)


def start(work: "Work", person_id: int, device: str) -> str:
    """The secret token of a new sign-in for this person."""
    token = secrets.token_urlsafe(32)
    work.session.add(
        SignIn(
            token_hash=token_hash(token),
            person_id=person_id,
            device=device[:120],
            created_at=work.now,
            seen_at=work.now,
            proved_at=work.now,
            expires_at=work.now + IDLE,
        )
    )
    return token


def actor_of(work: "Work", token: str) -> tuple[Actor, bool] | None:
    """Who holds this token now, with the roles valid today, and whether 'last seen' is due. One statement."""
    now = work.now
    values = {"hash": token_hash(token), "today": work.today, "now": now, "oldest": now - ABSOLUTE}
    rows = work.session.execute(_holder(), values).all()
    if not rows:
        return None
    first = rows[0]
    actor = Actor(
        kind="person",
        person_id=first[0],
        name=f"{first[1]} {first[2]}".strip(),
        locale=first[3],
        theme=first[4],
        held=tuple(Held(r[7], r[8], r[9]) for r in rows if r[7]),
        sign_in_id=first[5],
    )
    return actor, first[6] < now - SEEN_STEP


@cache
def _holder() -> Any:
    """Built once: every request asks it."""
    valid = and_(Assignment.person_id == Person.id, valid_on(Assignment, bindparam("today", type_=Date)))
    return (
        select(
            Person.id,
            Person.given_name,
            Person.family_name,
            Person.locale,
            Person.theme,
            SignIn.id,
            SignIn.seen_at,
            Assignment.role,
            Assignment.scope_kind,
            Assignment.scope_id,
        )
        .join(SignIn, SignIn.person_id == Person.id)
        .outerjoin(Assignment, valid)
        .where(
            SignIn.token_hash == bindparam("hash"),
            SignIn.expires_at > bindparam("now"),
            SignIn.created_at > bindparam("oldest"),
            Person.active,
        )
    )


def seen(work: "Work", sign_in_id: int) -> None:
    """Note that a device was used, and push its idle end back."""
    work.session.execute(
        update(SignIn).where(SignIn.id == sign_in_id).values(seen_at=work.now, expires_at=work.now + IDLE)
    )


def sign_out(work: "Work", sign_in_id: int) -> None:
    """End one sign-in; its cookie is worth nothing from now on."""
    work.session.execute(delete(SignIn).where(SignIn.id == sign_in_id))


def sign_out_everywhere(work: "Work", person_id: int, *, but: int | None = None) -> None:
    """End every sign-in of a person, perhaps but the one in use."""
    work.session.execute(delete(SignIn).where(SignIn.person_id == person_id, SignIn.id != (but or 0)))


def hash_password(password: str) -> str:
    """What is stored instead of a password. Takes tens of milliseconds: never inside a transaction."""
    return hasher.hash(password)


def proves(stored: str | None, password: str) -> bool:
    """Whether the password fits the stored hash; spends the same time where there is none."""
    return _verify(stored or _nobody, password) and stored is not None


def device_name(user_agent: str) -> str:
    """'Firefox, Windows' from what a browser says of itself; good enough to know one's own devices again."""
    browsers = (
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    )
    systems = (
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    )
    found = [next((name for mark, name in marks if mark in user_agent), "") for marks in (browsers, systems)]
    return ", ".join(filter(None, found)) or "?"


def _verify(stored: str, password: str) -> bool:
    try:
        return hasher.verify(stored, password[:1000])
    except (Argon2Error, InvalidHashError):
        return False
