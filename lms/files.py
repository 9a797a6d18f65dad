"""Uploads: look at them, store them by content, say who may see them.

A file's name is data and never a path: bytes lie under `<home>/files/ab/cd/<sha256>`, written before the row that
speaks of them. What a file is follows from its bytes, not from its name.
"""

import hashlib
import os
import re
import tempfile
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import filetype
from sqlalchemy import BigInteger, ColumnElement, ForeignKey, Index, Text, and_, delete, false, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from lms import clock, pictures
from lms.contract import N_, FileSubject, Permission
from lms.db import Base
from lms.errors import Invalid, Missing

if TYPE_CHECKING:
    from lms.work import Work

MIB = 1024 * 1024
CHUNK = MIB
PICTURE_LIMIT = 20 * MIB
FILE_LIMIT = 64 * MIB
NAME_LENGTH = 150
ORPHAN_AGE = 24 * 3600  # seconds after which bytes that no row speaks of are swept away

PICTURES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
PLAYED = frozenset({"video/mp4", "video/webm", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/x-wav"})
DOCUMENTS = frozenset(
    {
        "application/pdf",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.presentation",
    }
)
ANY = PICTURES | PLAYED | DOCUMENTS
SHOWN_IN_PAGE = PICTURES | PLAYED  # everything else is handed out as an attachment
SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif"}


class StoredFile(Base):
    """An uploaded file: what it is, and the thing it belongs to, which decides who may see it."""

    __tablename__ = "lms_file"
    __table_args__ = (Index("ix_lms_file_subject", "subject_kind", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(Text, index=True)
    name: Mapped[str] = mapped_column(Text)  # as the person called it, made harmless
    type: Mapped[str] = mapped_column(Text)  # media type found in the bytes
    size: Mapped[int] = mapped_column(BigInteger)
    width: Mapped[int | None]  # of pictures, in pixels
    height: Mapped[int | None]
    owner: Mapped[str] = mapped_column(Text)  # the plugin that put it here
    subject_kind: Mapped[str] = mapped_column(Text)  # key of a FileSubject
    subject_id: Mapped[int]
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("lms_person.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[datetime]


def sees_file(work: "Work") -> "ColumnElement[bool]":
    """Files of all things whose kind says that the actor may see them."""
    kinds = work.house.registry.kinds(FileSubject).values()
    parts = [
        and_(StoredFile.subject_kind == kind.key, StoredFile.subject_id.in_(kind.visible(work)))
        for kind in kinds
    ]
    return or_(*parts) if parts else false()


PERMISSIONS = (Permission(name="file.view", title=N_("Dateien sehen"), on=StoredFile, clause=sees_file),)


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """An upload that has been looked at and may be stored."""

    name: str
    type: str
    stream: BinaryIO
    size: int
    width: int | None = None
    height: int | None = None


def examine(
    stream: BinaryIO, name: str, *, allow: Collection[str] = ANY, limit: int = FILE_LIMIT
) -> Incoming:
    """The upload, fit to be stored: its type known, pictures encoded anew. Raises Invalid for what we do not take.

    Slow for pictures, so call it before a transaction is open.
    """
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    if size == 0:
        raise Invalid(N_("Die Datei ist leer."), field="file")
    head = stream.read(8192)
    stream.seek(0)
    kind = filetype.guess_mime(head)
    if kind not in allow:
        raise Invalid(N_("Diese Art von Datei nehmen wir hier nicht an."), field="file")
    if size > min(limit, PICTURE_LIMIT if kind in PICTURES else FILE_LIMIT):
        raise Invalid(N_("Die Datei ist zu groß."), field="file")
    if kind not in PICTURES:
        return Incoming(name=harmless_name(name), type=kind, stream=stream, size=size)
    return _picture(stream.read(), name)


def _picture(data: bytes, name: str) -> Incoming:
    picture = pictures.reencode(data)
    stem = harmless_name(name).rpartition(".")[0] or harmless_name(name)
    return Incoming(
        name=stem + SUFFIXES[picture.media_type],
        type=picture.media_type,
        stream=BytesIO(picture.bytes),
        size=len(picture.bytes),
        width=picture.width,
        height=picture.height,
    )


def harmless_name(name: str) -> str:
    """The last part of the name, NFC, without control, bidi and path characters; never empty."""
    text = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    text = "".join("_" if c in '<>:"|?*%' else c for c in text if unicodedata.category(c)[0] != "C")
    text = " ".join(text.split()).strip(". ")
    stem, dot, suffix = text.rpartition(".")
    if len(text) > NAME_LENGTH:
        text = (stem[: NAME_LENGTH - 12] + dot + suffix[:10]) if stem else text[:NAME_LENGTH]
    return text or "datei"


def store(work: "Work", incoming: Incoming, *, owner: str, subject: str) -> StoredFile:
    """The row of the file, its bytes safe on disk. The same file given to the same thing again is the same row.

    `subject` is 'course:5' or 'person:7'. The caller has asked for the permission to change that thing.
    """
    subject_kind, _, subject_id = subject.partition(":")
    digest = _write(work.house.config.home, incoming.stream)
    known = work.session.scalars(
        select(StoredFile).where(
            StoredFile.sha256 == digest,
            StoredFile.subject_kind == subject_kind,
            StoredFile.subject_id == int(subject_id),
            StoredFile.name == incoming.name,
        )
    ).first()
    if known is not None:
        return known
    row = StoredFile(
        sha256=digest,
        name=incoming.name,
        type=incoming.type,
        size=incoming.size,
        width=incoming.width,
        height=incoming.height,
        owner=owner,
        subject_kind=subject_kind,
        subject_id=int(subject_id),
        person_id=work.actor.person_id,
        created_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    return row


def open_file(work: "Work", file_id: int) -> tuple[StoredFile, Path]:
    """The file and where its bytes lie, if the actor may see it. Raises Missing."""
    row = work.get("file.view", StoredFile, file_id)
    path = path_of(work.house.config.home, row.sha256)
    if not path.is_file():
        raise Missing("file.view")
    return row, path


def remove(work: "Work", file_id: int) -> None:
    """Forget a file; its bytes follow with the next sweep, unless another row speaks of them."""
    work.session.execute(delete(StoredFile).where(StoredFile.id == file_id))


def path_of(home: Path, digest: str) -> Path:
    """Where the bytes with this hash lie."""
    return home / "files" / digest[:2] / digest[2:4] / digest


def _write(home: Path, stream: BinaryIO) -> str:
    """The hash of the stream's bytes once they are safe on disk: temp, fsync, rename, fsync the folder."""
    waiting = home / "files" / "incoming"
    waiting.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    handle, temporary = tempfile.mkstemp(dir=waiting)
    try:
        with os.fdopen(handle, "wb") as file:
            stream.seek(0)
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        target = path_of(home, digest.hexdigest())
        target.parent.mkdir(parents=True, exist_ok=True)
        Path(temporary).replace(target)
        _sync_folder(target.parent)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(work: "Work") -> None:
    """Remove bytes that no row speaks of and that are a day old: uploads whose transaction was undone."""
    root = work.house.config.home / "files"
    oldest = clock.of_the_disk() - ORPHAN_AGE
    for path in root.rglob("*"):
        if not path.is_file() or path.stat().st_mtime > oldest:
            continue
        if work.session.scalar(select(StoredFile.id).where(StoredFile.sha256 == path.name).limit(1)) is None:
            path.unlink(missing_ok=True)
