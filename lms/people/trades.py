"""The training occupations the academy teaches, by key, as they stand on people and courses."""

from lms.contract import N_

TRADES = {
    "tischler": N_("Tischlerei"),
    "zimmerer": N_("Zimmerei"),
    "elektroniker_eg": N_("Elektronik, Energie- und Gebäudetechnik"),
    "anlagenmechaniker_shk": N_("Anlagenmechanik SHK"),
    "maler_lackierer": N_("Malerei und Lackiererei"),
    "kfz_mechatroniker": N_("Kfz-Mechatronik"),
    "baecker": N_("Bäckerei"),
    "friseur": N_("Friseurhandwerk"),
}
