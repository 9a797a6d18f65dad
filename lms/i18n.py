"""Languages: German is the source, English a catalogue beside each plugin. Dates and numbers by babel."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from babel.messages.pofile import read_po

from lms.contract import Phrase, Plugin

SOURCE = "de"
LOCALES = ("de", "en")


@dataclass
class Catalogues:
    """All texts of all plugins by language: msgid -> text, or (singular, plural) -> texts."""

    texts: dict[str, dict[Any, Any]] = field(default_factory=dict)

    def add(self, locale: str, file: Any) -> None:
        """Take in one .po file; what is there already wins, so the house's words stay."""
        known = self.texts.setdefault(locale, {})
        for message in read_po(file, locale=locale):
            if message.id and message.string and not message.fuzzy:
                known.setdefault(tuple(message.id) if message.pluralizable else message.id, message.string)


def load(plugins: Iterable[Plugin]) -> Catalogues:
    """The catalogues of these plugins."""
    catalogues = Catalogues()
    for plugin in plugins:
        folder = files(plugin.package) / "translations"
        for locale in LOCALES:
            source = folder / f"{locale}.po"
            if source.is_file():
                with source.open("rb") as file:
                    catalogues.add(locale, file)
    return catalogues


def translate(catalogues: Catalogues, locale: str, text: str, values: Mapping[str, Any]) -> str:
    """The text in this language (the text itself where there is none), with its %(name)s values."""
    if isinstance(text, Phrase):
        told = {
            name: translate(catalogues, locale, value, {}) if isinstance(value, Phrase) else value
            for name, value in text.values.items()
        }
        return translate(catalogues, locale, text.msgid, told)
    found = catalogues.texts.get(locale, {}).get(text, text)
    return found % values if values else found


def plural(catalogues: Catalogues, locale: str, one: str, many: str, n: int) -> str:
    """The singular or plural text for n in this language, its values still to be put in."""
    singular, *_, several = catalogues.texts.get(locale, {}).get((one, many), (one, many))
    return str(singular if n == 1 else several)
