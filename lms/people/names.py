"""How names are sorted, searched and turned into user names."""

import re
import unicodedata

from lms.contract import N_
from lms.errors import Invalid

FOLDS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa", "ł": "l", "đ": "d"}
USERNAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{1,38}[a-z0-9])?")


def folded(text: str) -> str:
    """The text for sorting and searching: small letters, umlauts written out, other marks dropped."""
    text = unicodedata.normalize("NFC", text).lower()
    text = unicodedata.normalize("NFKD", "".join(FOLDS.get(letter, letter) for letter in text))
    return " ".join("".join(letter for letter in text if not unicodedata.combining(letter)).split())


def sort_key(given_name: str, family_name: str) -> str:
    """What a list of people is sorted by: family name first."""
    return folded(f"{family_name} {given_name}")


def suggested_username(given_name: str, family_name: str) -> str:
    """'lena.hartwig' for Lena Hartwig; '' where no letter is left."""
    parts = (re.sub(r"[^a-z0-9]+", "-", folded(part)).strip("-") for part in (given_name, family_name))
    return ".".join(filter(None, parts))[:34].strip(".-")


def checked_username(text: str) -> str:
    """The user name in its one form. Raises Invalid for anything that could be mistaken for something else."""
    name = unicodedata.normalize("NFKC", text.strip()).casefold()
    if not USERNAME.fullmatch(name):
        raise Invalid(
            N_("Nur Buchstaben a bis z, Ziffern, Punkt und Bindestrich, höchstens 40."), field="username"
        )
    return name
