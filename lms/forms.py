"""Forms: explicit input schemas (WTForms, no Flask). What no field names is ignored, whoever sends it."""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from email_validator import EmailNotValidError, validate_email
from wtforms import Field, FileField, Form, HiddenField, PasswordField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import ValidationError

from lms.contract import N_, Phrase
from lms.html import clean, encodable, plain

MAX_TEXT = 20_000
LITERAL = (TextAreaField, HiddenField, PasswordField)  # texts that keep their line breaks


class Posted:
    """Plain values (JSON, or a dict in a test) in the shape WTForms reads: every value a list of texts."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = {
            name: [encodable(str(v)) for v in (value if isinstance(value, list) else [value])]
            for name, value in values.items()
            if value is not None and value is not False
        }

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def __iter__(self) -> Any:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def getlist(self, name: str) -> list[str]:
        return self._values.get(name, [])

    def get(self, name: str, default: str | None = None) -> str | None:
        """The first value of this name."""
        return next(iter(self._values.get(name, [])), default)


class Sent:
    """What a browser sent, as the fields of a form may see it: files only where a field asks for one."""

    def __init__(self, values: Any, files: frozenset[str]) -> None:
        self.values, self._files = values, files

    def __contains__(self, name: str) -> bool:
        return bool(self.getlist(name)) if name in self.values else False

    def __iter__(self) -> Any:
        return iter(self.values)

    def __len__(self) -> int:
        return len(self.values)

    def getlist(self, name: str) -> list[Any]:
        """The values of this name: a text under the name of a file is none, and a file under that of a text."""
        found = self.values.getlist(name)
        return found if name in self._files else [value for value in found if isinstance(value, str)]


BREAK = re.compile(r"\s*[\n\t\x0b\x0c\x85\u2028\u2029]\s*")


def one_line(value: Any) -> Any:
    """The text with a space for every line break: it will stand in headers, letters and lists."""
    return BREAK.sub(" ", value) if isinstance(value, str) else value


def tidy(value: Any) -> Any:
    """The text in one canonical form: NFC, without NUL, lone surrogates and bidi overrides, trimmed."""
    if not isinstance(value, str):
        return value
    text = unicodedata.normalize("NFC", encodable(value))
    return "".join(
        c
        for c in text
        if c in "\n\t" or (c >= " " and c not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x7f")
    ).strip()


class Words:
    """What WTForms says by itself, in German words that can be translated when shown."""

    WORDS = {
        "This field is required.": N_("Hier fehlt noch etwas."),
        "Not a valid choice.": N_("Bitte eine der Möglichkeiten wählen."),
        "Not a valid integer value.": N_("Bitte eine ganze Zahl."),
        "Not a valid float value.": N_("Bitte eine Zahl."),
        "Not a valid decimal value.": N_("Bitte eine Zahl."),
        "Not a valid date value.": N_("Bitte ein Datum."),
        "Not a valid datetime value.": N_("Bitte Datum und Uhrzeit."),
        "Not a valid time value.": N_("Bitte eine Uhrzeit."),
        "Number must be at least %(min)s.": N_("Bitte mindestens %(min)s."),
        "Number must be at most %(max)s.": N_("Bitte höchstens %(max)s."),
        "Number must be between %(min)s and %(max)s.": N_("Bitte eine Zahl von %(min)s bis %(max)s."),
        "Invalid email address.": N_("Das ist keine E-Mail-Adresse."),
        "Invalid URL.": N_("Das ist keine Adresse im Netz."),
    }

    class Sentence(str):
        """Keeps its values apart when WTForms puts them in, so that it can still be translated."""

        __slots__ = ()

        def __mod__(self, values: Any) -> Phrase:
            return Phrase(str(self), **values)

    def gettext(self, text: str) -> str:
        return self.Sentence(self.WORDS.get(text, N_("Das passt hier nicht.")))

    def ngettext(self, one: str, many: str, n: int) -> str:
        return N_("Die Länge passt nicht.")


def choices(*names: Mapping[Any, str]) -> list[SelectChoice]:
    """The entries of a select field: value -> German name."""
    return [SelectChoice(value, name) for part in names for value, name in part.items()]


class BaseForm(Form):
    """Base of every form. Texts are tidied and limited; labels are German and translated when shown."""

    class Meta:
        @staticmethod
        def get_translations(form: Form) -> Words:
            return Words()

        @staticmethod
        def bind_field(form: Form, unbound: Any, options: dict[str, Any]) -> Field:
            kind = unbound.field_class
            single = issubclass(kind, StringField) and not issubclass(kind, LITERAL)
            first = [tidy, one_line] if single else [tidy]
            filters = [*first, *unbound.kwargs.get("filters", ())]
            return unbound.bind(form=form, **{**options, "filters": filters})

        @staticmethod
        def wrap_formdata(form: Form, formdata: Any) -> Any:
            if formdata is None:
                return None
            sent = formdata.values if isinstance(formdata, Sent) else formdata
            return Sent(sent, frozenset(field.name for field in form if isinstance(field, FileField)))

    @classmethod
    def of(cls, posted: Any = None, **data: Any) -> "BaseForm":
        """The form filled from what was posted (a MultiDict or a plain dict), else from data."""
        if isinstance(posted, dict) and not hasattr(posted, "getlist"):
            posted = Posted(posted)
        return cls(posted, data=data)

    def validate(self, extra_validators: Any = None) -> bool:
        for field in self:
            text = field.raw_data[0] if field.raw_data else ""
            if isinstance(text, str) and len(text) > getattr(field, "max_length", MAX_TEXT):
                field.errors = [N_("Das ist zu lang.")]
                return False
        return super().validate(extra_validators)

    def values(self) -> dict[str, Any]:
        """The validated data as JSON-able values, without empty hidden helpers."""
        return {name: value for name, value in self.data.items() if not name.startswith("_")}


class RichText(TextAreaField):
    """Formatted text, cleaned on the way in (and again on the way out, by the `rich` filter)."""

    max_length = 400_000
    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        self.data = str(clean(self.data or ""))

    def pre_validate(self, form: Any) -> None:
        if self.flags.required and not plain(self.data or "").strip() and "<img" not in (self.data or ""):
            raise ValidationError(N_("Hier fehlt noch etwas."))


class JSONField(HiddenField):
    """A value as JSON text; refuses what is too deep, too large or not finite."""

    max_length = 1_000_000

    def _value(self) -> str:
        return json.dumps(self.data if self.data is not None else None, ensure_ascii=False)

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist or not valuelist[0]:
            return
        try:
            self.data = json.loads(valuelist[0], parse_constant=_refuse)
        except (ValueError, RecursionError):
            self.data = None
            raise ValueError(N_("Das lässt sich nicht lesen.")) from None


MAX_ID = 2**31 - 1  # what an id column holds on every database


def small_id(text: Any) -> int:
    """The text as an id. Raises ValueError for what no id column could hold."""
    number = int(str(text)) if str(text).isascii() and str(text).isdigit() else -1
    if not 0 <= number <= MAX_ID:
        raise ValueError(N_("Das ist keine gültige Nummer."))
    return number


class IdField(HiddenField):
    """The id of something."""

    data: int | None

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = small_id(valuelist[0].strip()) if valuelist and valuelist[0].strip() else None


def mail_address(form: Form, field: Field) -> None:
    """Validator: an e-mail address as it may stand in a header. Whether it exists is not asked."""
    text = field.data or ""
    try:
        validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        host = text.rpartition("@")[2]
        if "@" in text and host and "." not in host:
            raise ValidationError(N_("Da fehlt noch die Endung, zum Beispiel „.de“.")) from None
        raise ValidationError(N_("Das ist keine E-Mail-Adresse.")) from None


def errors_of(form: Form) -> dict[str, list[str]]:
    """Field name -> messages, flattened."""
    return {name: list(_flat(found)) for name, found in form.errors.items()}


def _flat(found: Any) -> Iterable[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, Mapping):
        for part in found.values():
            yield from _flat(part)
    else:
        for part in found:
            yield from _flat(part)


def _refuse(text: str) -> Any:
    raise ValueError(text)
