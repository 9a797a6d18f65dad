"""Passwords, sign-ins and throttling. Nothing here sees a request."""

import hashlib
import hmac
import secrets
import unicodedata
from datetime import timedelta
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import delete, or_, select, update

from lms.contract import N_, Actor, Held
from lms.errors import Invalid, Throttled
from lms.people.models import Assignment, Person, SignIn, Throttle

if TYPE_CHECKING:
    from lms.house import House
    from lms.work import Work

IDLE = timedelta(days=14)
ABSOLUTE = timedelta(days=60)
SEEN_STEP = timedelta(minutes=5)
FAILURES_PER_ACCOUNT_AND_ADDRESS = 8
FAILURES_PER_ADDRESS = 40
WINDOW = timedelta(minutes=10)

# OWASP password storage cheat sheet: argon2id, 19 MiB, 2 passes, 1 lane
hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
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
    if len(set(folded)) < 4 or any(word and canonical(word) in (folded, folded[::-1]) for word in words):
        raise Invalid(N_("Das Passwort ist zu leicht zu erraten."), field="password")


def find_person(work: "Work", login: str) -> Person | None:
    """The active person with this user name or e-mail address."""
    key = canonical(login)
    statement = select(Person).where(or_(Person.username == key, Person.email_key == key), Person.active)
    return work.session.scalars(statement).first() if key else None


def sign_in(house: "House", login: str, password: str, address: str, device: str) -> str:
    """The secret token of a new sign-in. Raises Invalid or Throttled; takes the same time whoever is named.

    The password is checked between two short transactions, never inside one.
    """
    keys = (
        f"sign-in:account:{token_hash(canonical(login) + '|' + address)}",
        f"sign-in:address:{token_hash(address)}",
    )
    with house.work(readonly=True) as work:
        _refuse_throttled(work, keys)
        person = find_person(work, login)
        found = (person.id, person.password_hash) if person else None
    stored = (found[1] if found else None) or _nobody
    right = _verify(stored, password) and found is not None and found[1] is not None
    with house.work() as work:
        if not right or found is None:
            _count_failure(work, keys)
            work.audit("sign_in.failed", f"person:{found[0]}" if found else "")
        else:
            forget_failures(work, keys[:1])
            person = work.session.get_one(Person, found[0])
            token = start(work, person, device)
            work.audit("sign_in", f"person:{person.id}")
            return token
    raise Invalid(N_("Name oder Passwort stimmt nicht."))


def start(work: "Work", person: Person, device: str) -> str:
    """The secret token of a new sign-in for this person."""
    token = secrets.token_urlsafe(32)
    work.session.add(
        SignIn(
            token_hash=token_hash(token),
            person_id=person.id,
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
    today, now = work.today, work.now
    valid = (
        (Assignment.person_id == Person.id)
        & or_(Assignment.valid_from.is_(None), Assignment.valid_from <= today)
        & or_(Assignment.valid_until.is_(None), Assignment.valid_until >= today)
    )
    rows = work.session.execute(
        select(
            Person.id,
            Person.given_name,
            Person.family_name,
            Person.locale,
            Person.theme,
            SignIn.id,
            SignIn.seen_at,
            SignIn.proved_at,
            Assignment.role,
            Assignment.scope_kind,
            Assignment.scope_id,
        )
        .join(SignIn, SignIn.person_id == Person.id)
        .outerjoin(Assignment, valid)
        .where(
            SignIn.token_hash == token_hash(token),
            SignIn.expires_at > now,
            SignIn.created_at > now - ABSOLUTE,
            Person.active,
        )
    ).all()
    if not rows:
        return None
    first = rows[0]
    actor = Actor(
        kind="person",
        person_id=first[0],
        name=f"{first[1]} {first[2]}".strip(),
        locale=first[3],
        theme=first[4],
        held=tuple(Held(r[8], r[9], r[10]) for r in rows if r[8]),
        sign_in_id=first[5],
        fresh_until=first[7] + timedelta(minutes=5),
    )
    return actor, first[6] < now - SEEN_STEP


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


def proves(stored: str | None, password: str) -> bool:
    """Whether the password fits the stored hash; spends the same time where there is none."""
    return _verify(stored or _nobody, password) and stored is not None


def _verify(stored: str, password: str) -> bool:
    try:
        return hasher.verify(stored, password[:1000])
    except (Argon2Error, InvalidHashError):
        return False


def _refuse_throttled(work: "Work", keys: tuple[str, ...]) -> None:
    limits = dict(zip(keys, (FAILURES_PER_ACCOUNT_AND_ADDRESS, FAILURES_PER_ADDRESS), strict=True))
    rows = work.session.scalars(
        select(Throttle).where(Throttle.key.in_(keys), Throttle.window_ends > work.now)
    ).all()
    for row in rows:
        if row.failures >= limits[row.key]:
            seconds = int((row.window_ends - work.now).total_seconds()) + 1
            raise Throttled(N_("Zu viele Versuche. Warte ein paar Minuten."), seconds=seconds)


def _count_failure(work: "Work", keys: tuple[str, ...]) -> None:
    for key in keys:
        count(work, key, WINDOW)


def count(work: "Work", key: str, window: timedelta) -> int:
    """Count one more event under this key and give how many there were within the window."""
    row = work.session.get(Throttle, key, with_for_update=True)
    if row is None:
        row = Throttle(key=key, failures=0, window_ends=work.now + window)
        work.session.add(row)
    if row.window_ends <= work.now:
        row.failures, row.window_ends = 0, work.now + window
    row.failures += 1
    work.session.flush()
    return row.failures


def forget_failures(work: "Work", keys: tuple[str, ...]) -> None:
    work.session.execute(delete(Throttle).where(Throttle.key.in_(keys)))


def same(one: str, other: str) -> bool:
    """Constant-time comparison."""
    return hmac.compare_digest(one.encode(), other.encode())
