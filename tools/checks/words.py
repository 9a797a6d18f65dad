"""Every German text of the product has its English in translations/en.po of the package it belongs to, or of the house."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.extract import extract
from babel.messages.pofile import read_po

from tools.checks.finding import FLOORS, ROOT, Finding, python_files, template_files

KEYWORDS: dict[str, Any] = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "_n": (1, 2)}
VALUE = re.compile(r"%\((\w+)\)")

Text = str | tuple[str, ...]


def check(root: Path = ROOT) -> Iterator[Finding]:
    """Texts without English, and English that loses or invents a %(value)s."""
    known = catalogues(root)
    for path, line, text in texts(root):
        if text not in known:
            yield Finding(path, line, f"no English for {text!r} (make translations)")
    for text, (path, line, english) in known.items():
        if _values(text) != _values(english):
            yield Finding(path, line, f"the English of {text!r} has other %(values)s")


def texts(root: Path = ROOT) -> Iterator[tuple[str, int, Text]]:
    """(path, line, German text or pair) of everything marked for translation."""
    sources = [(path, "python") for path in python_files(root)] + [
        (path, "jinja2") for path in template_files(root)
    ]
    for path, method in sources:
        relative = path.relative_to(root).as_posix()
        content = BytesIO(path.read_bytes())
        extractor = "python" if method == "python" else "jinja2.ext:babel_extract"
        for line, found, *_ in extract(
            extractor, content, KEYWORDS, (), {"encoding": "utf-8", "trimmed": "true"}
        ):
            if isinstance(found, str) and not found:
                continue
            yield relative, line, found


def catalogues(root: Path = ROOT) -> dict[Text, tuple[str, int, Text]]:
    """German text -> (file, line, English) over all en.po files."""
    known: dict[Text, tuple[str, int, Text]] = {}
    for path in catalogue_files(root):
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                if message.id and message.string and not message.fuzzy and all(_strings(message.string)):
                    entry = (path.relative_to(root).as_posix(), message.lineno or 1, _text(message.string))
                    known.setdefault(_text(message.id), entry)
    return known


def catalogue_files(root: Path = ROOT) -> list[Path]:
    """The English catalogues of all floors and plugins, the house's first."""
    return [
        path
        for floor in FLOORS
        for pattern in ("translations/en.po", "*/translations/en.po")
        for path in sorted((root / floor).glob(pattern))
    ]


def _text(string: Any) -> Text:
    return string if isinstance(string, str) else tuple(string)


def _strings(string: Any) -> list[str]:
    return [string] if isinstance(string, str) else list(string)


def _values(text: Any) -> set[str]:
    return {name for part in _strings(text) for name in VALUE.findall(part)} - {"n"}
