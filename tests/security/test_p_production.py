"""P03 of docs/security.md: a production start with insecure settings is refused, with every reason at once."""

from pathlib import Path

import pytest

from lms.config import Config, ConfigError

GOOD = {
    "LMS_ENV": "production",
    "LMS_BASE_URL": "https://academy.example",
    "LMS_SECRET_KEY": "x7Qm2vK9sT4wB1nZ8rL5yC3pH6jD0fGa",
}


def load(home: Path, **changes: str) -> Config:
    return Config.load({**GOOD, "LMS_HOME": str(home), **changes})


def test_secure_settings_start(tmp_path: Path) -> None:
    assert load(tmp_path).production


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("LMS_BASE_URL", "http://academy.example", "https://"),
        ("LMS_SECRET_KEY", "secret", "LMS_SECRET_KEY"),
        ("LMS_SECRET_KEY", "a" * 40, "LMS_SECRET_KEY"),
        ("FLASK_DEBUG", "1", "FLASK_DEBUG"),
        ("LMS_TIME_OFFSET", "3600", "LMS_TIME_OFFSET"),
        ("LMS_HOSTS", "*.example", "LMS_HOSTS"),
        ("LMS_ENV", "prod", "LMS_ENV"),
    ],
)
def test_an_insecure_setting_is_refused(tmp_path: Path, name: str, value: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        load(tmp_path, **{name: value})


def test_all_reasons_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, LMS_BASE_URL="http://academy.example", FLASK_DEBUG="1", LMS_SECRET_KEY="kurz")
    assert len(str(refused.value).splitlines()) == 3


def test_without_a_key_one_is_made_that_only_its_owner_reads(tmp_path: Path) -> None:
    without = {name: value for name, value in GOOD.items() if name != "LMS_SECRET_KEY"}
    first = Config.load({**without, "LMS_HOME": str(tmp_path)})
    again = Config.load({**without, "LMS_HOME": str(tmp_path)})
    assert first.secret_key == again.secret_key
    assert (tmp_path / "keys" / "secret").stat().st_mode & 0o077 == 0
