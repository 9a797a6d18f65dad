"""The backup file: a zip of one part per table and per stored file, with a manifest, sealed as a whole.

Its last 64 bytes (the zip's comment) are the SHA-256 of everything before them, so that no byte of it can change
or go missing unnoticed. A table's part is its rows in canonical spelling, hence its SHA-256 is the table's digest.
"""

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

FORMAT = 1
MANIFEST = "manifest.json"
SEAL_LENGTH = 64
CHUNK = 1024 * 1024
COMPRESSION = zipfile.ZIP_DEFLATED
BROKEN = (zipfile.BadZipFile, zlib.error, KeyError, NotImplementedError, EOFError, RuntimeError)
FIXED_DATE = (1980, 1, 1, 0, 0, 0)


class Refused(Exception):
    """The backup cannot be made or used; the text says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A table's or a file's part: its size in bytes, its SHA-256, and the rows in it (1 for a file)."""

    size: int
    sha256: str
    rows: int = 1


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a backup says of itself."""

    format: int
    made_at: str
    release: str
    plugins: dict[str, str]  # name -> revision of its tables
    tables: dict[str, Part]  # parents before children
    files: dict[str, Part]  # by hash
    missing: list[str]  # hashes of files that rows speak of and that were not there

    def parts(self) -> dict[str, Part]:
        """Every part by its name in the zip."""
        return {
            **{table_part(name): part for name, part in self.tables.items()},
            **{file_part(name): part for name, part in self.files.items()},
        }

    def text(self) -> bytes:
        return json.dumps(asdict(self), indent=1).encode()

    @classmethod
    def read(cls, data: bytes) -> "Manifest":
        """The manifest in these bytes; raises Refused for another format or none at all."""
        try:
            found: dict[str, Any] = json.loads(data)
            if found.get("format") != FORMAT:
                raise Refused(
                    f"This backup has format {found.get('format')}; this release reads format {FORMAT}. "
                    "Use the release that made it."
                )
            for kind in ("tables", "files"):
                found[kind] = {name: Part(**part) for name, part in found[kind].items()}
            return cls(**found)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise Refused("The backup's manifest cannot be read.") from error


def table_part(name: str) -> str:
    return f"tables/{name}.jsonl"


def file_part(digest: str) -> str:
    return f"files/{digest}"


@contextmanager
def writing(target: Path) -> Iterator[zipfile.ZipFile]:
    """A zip that stands at `target` once it is complete, sealed and safe on disk, or leaves nothing behind."""
    draft = target.with_name(f".{target.name}.part")
    draft.unlink(missing_ok=True)
    try:
        handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w+b") as file:
            with zipfile.ZipFile(file, "w", COMPRESSION, compresslevel=6) as zipped:
                zipped.comment = b"0" * SEAL_LENGTH
                yield zipped
            _seal(file)
        verify(draft)
        draft.replace(target)
        sync_folder(target.parent)
    finally:
        draft.unlink(missing_ok=True)


def write_part(zipped: zipfile.ZipFile, name: str, chunks: Iterable[bytes], *, packed: bool = True) -> Part:
    """Write one part. `chunks` are counted as rows."""
    digest, size, rows = hashlib.sha256(), 0, 0
    entry = zipfile.ZipInfo(name, FIXED_DATE)
    entry.compress_type = COMPRESSION if packed else zipfile.ZIP_STORED
    with zipped.open(entry, "w", force_zip64=True) as out:
        for chunk in chunks:
            out.write(chunk)
            digest.update(chunk)
            size, rows = size + len(chunk), rows + 1
    return Part(size=size, sha256=digest.hexdigest(), rows=rows)


@contextmanager
def reading(path: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """The backup and its manifest. Raises Refused unless it is complete; see `verify` for what is in it."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}.") from error
    with file:
        _check_seal(file)
        try:
            zipped = zipfile.ZipFile(file)
            manifest = Manifest.read(zipped.read(MANIFEST))
        except BROKEN as error:
            raise Refused(f"{path} is not a backup.") from error
        with zipped:
            yield zipped, manifest


def verify(path: Path) -> Manifest:
    """The manifest, after every byte of every part was looked at. Raises Refused for the first that is wrong."""
    with reading(path) as (zipped, manifest):
        expected = manifest.parts()
        names = [name for name in zipped.namelist() if name != MANIFEST]
        if sorted(names) != sorted(expected):
            raise Refused("The backup holds other parts than its manifest says.")
        for name, part in expected.items():
            _check_part(zipped, name, part)
        for digest, part in manifest.files.items():
            if part.sha256 != digest:
                raise Refused(f"The file {digest} has other bytes than its name says.")
        return manifest


def lines(zipped: zipfile.ZipFile, table: str) -> Iterator[dict[str, Any]]:
    """The rows of a table's part."""
    with zipped.open(table_part(table)) as part:
        for line in part:
            yield json.loads(line)


def chunks_of(file: IO[bytes]) -> Iterator[bytes]:
    """The file's bytes, piece by piece."""
    while chunk := file.read(CHUNK):
        yield chunk


def sync_folder(folder: Path) -> None:
    """Make renames in this folder last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _check_part(zipped: zipfile.ZipFile, name: str, part: Part) -> None:
    digest, size, ends = hashlib.sha256(), 0, 0
    try:
        with zipped.open(name) as file:
            for chunk in chunks_of(file):
                digest.update(chunk)
                size, ends = size + len(chunk), ends + chunk.count(b"\n")
    except BROKEN as error:
        raise Refused(f"The part {name} cannot be unpacked.") from error
    if (size, digest.hexdigest()) != (part.size, part.sha256):
        raise Refused(f"The part {name} is damaged.")
    if name.startswith("tables/") and ends != part.rows:
        raise Refused(f"The part {name} has {ends} rows; the manifest says {part.rows}.")


def _seal(file: IO[bytes]) -> None:
    file.flush()
    end = file.seek(0, os.SEEK_END) - SEAL_LENGTH
    seal = _digest_until(file, end)
    file.seek(end)
    file.write(seal)
    file.flush()
    os.fsync(file.fileno())


def _check_seal(file: IO[bytes]) -> None:
    end = file.seek(0, os.SEEK_END) - SEAL_LENGTH
    seal = _digest_until(file, end) if end > 0 else b""
    if file.read(SEAL_LENGTH) != seal or not seal:
        raise Refused("The backup is damaged, cut off or no backup at all; nothing was changed.")
    file.seek(0)


def _digest_until(file: IO[bytes], end: int) -> bytes:
    digest = hashlib.sha256()
    file.seek(0)
    while end > 0 and (chunk := file.read(min(CHUNK, end))):
        digest.update(chunk)
        end -= len(chunk)
    return digest.hexdigest().encode("ascii")
