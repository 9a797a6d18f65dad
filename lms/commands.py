"""Runs a command once: form, idempotency key, transaction, audit line."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, UniqueConstraint, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column
from wtforms import PasswordField

from lms.contract import N_, Command, Done
from lms.db import Base
from lms.errors import Conflict, Denied
from lms.forms import BaseForm

if TYPE_CHECKING:
    from lms.work import Work


class CommandRecord(Base):
    """What a command did for whom, so that a repeat gets the same answer and no second effect."""

    __tablename__ = "lms_command_record"
    __table_args__ = (UniqueConstraint("owner", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(Text)  # keys belong to the one who made them
    key: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text, default="")
    result: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(index=True)


def run(work: "Work", command: Command, form: BaseForm, key: str = "") -> Done:
    """Carry out a command whose form has been validated; a repeated key gets the stored result.

    The caller commits. Passwords are left out of the stored fingerprint. Raises what the rule function raises, or Conflict if the key was used for something else.
    """
    if work.actor.kind == "visitor" and not command.public:
        raise Denied(command.name)
    prepared = [command.prepare(form)] if command.prepare else []
    return once(
        work,
        command.name,
        key,
        {field.name: field.data for field in form if not isinstance(field, PasswordField)},
        lambda: command.run(work, form, *prepared),
        audited=command.audited,
    )


def once(
    work: "Work", name: str, key: str, data: Any, act: Callable[[], Done], *, audited: bool = True
) -> Done:
    """Do something under an idempotency key and write its audit line; see `run`."""
    record = None
    if key:
        record = CommandRecord(
            owner=work.actor.key,
            key=key,
            name=name,
            fingerprint=_fingerprint(name, data),
            result={},
            at=work.now,
        )
        try:
            with work.session.begin_nested():
                work.session.add(record)
        except IntegrityError:
            return _repeated(work, record)
    done = act()
    if record is not None:
        record.subject, record.result = done.subject, dict(done.values)
    if audited:
        work.audit(name, done.subject)
    return done


def _repeated(work: "Work", mine: CommandRecord) -> Done:
    stored = work.session.scalars(
        select(CommandRecord).where(CommandRecord.owner == work.actor.key, CommandRecord.key == mine.key)
    ).one()
    if stored.fingerprint != mine.fingerprint:
        raise Conflict(N_("Diese Anfrage wurde schon mit anderem Inhalt gesendet."))
    work.asked.add(stored.name)  # the first run asked; the answer is the owner's own
    return Done(subject=stored.subject, values=stored.result)


def _fingerprint(name: str, data: Any) -> str:
    text = json.dumps([name, data], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
