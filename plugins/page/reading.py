"""ReadingPage: formatted text with pictures, finished by opening it or by ticking it off."""

import re
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from typing import Any

from wtforms.validators import InputRequired

from courses.contract import MARKED, OPENED, ActivityType, At
from lms.contract import N_, Page
from lms.forms import BaseForm, RichText

FILE = re.compile(r"/files/(\d{1,18})(?!\d)")


class ReadingPage(ActivityType):
    """A page to read. What the author wrote is cleaned when saved and again when shown."""

    key = "page"
    title = N_("Lektion")
    description = N_("Text, Bilder und Arbeitsschritte zum Lesen.")
    icon = "file-text"
    completion = (MARKED, OPENED)

    class Settings(BaseForm):
        """What the page says."""

        body = RichText(N_("Inhalt"), [InputRequired(N_("Hier fehlt noch etwas."))])

    def show(self, at: At) -> Page:
        return Page(template="page/show.html", values={"body": at.settings.get("body") or ""})

    def text(self, settings: Mapping[str, Any]) -> str:
        return " ".join(_read(settings).words)

    def files(self, settings: Mapping[str, Any]) -> Iterable[int]:
        """The uploads its pictures and links point to, each once, in order."""
        found = [FILE.match(url) for url in _read(settings).urls]
        return list(dict.fromkeys(int(match[1]) for match in found if match))

    def problems(self, settings: Mapping[str, Any]) -> list[str]:
        read = _read(settings)
        return [] if read.words or read.pictures else [N_("Die Lektion ist noch leer.")]


class Reader(HTMLParser):
    """Collects from HTML what a page consists of: words, pictures and addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.urls: list[str] = []
        self.pictures = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.urls += [attributes[name] for name in ("src", "href") if name in attributes]
        self.pictures += tag == "img"

    def handle_data(self, data: str) -> None:
        self.words += data.split()


def _read(settings: Mapping[str, Any]) -> Reader:
    reader = Reader()
    reader.feed(str(settings.get("body") or ""))
    reader.close()
    return reader
