"""The house rules bite: each is shown one thing it must find and one it must leave alone."""

import ast
import shutil
from pathlib import Path

import pytest

from tools import docs, translations
from tools.checks import sources, templates, words

pytestmark = pytest.mark.once


def found_in_source(path: str, text: str) -> list[str]:
    return [finding.text for finding in sources.check_file(path, ast.parse(text))]


def found_in_template(text: str) -> list[str]:
    return [finding.text for finding in templates.check_text("templates/page.html", text)]


@pytest.mark.parametrize(
    ("path", "text", "word"),
    [
        ("courses/learning.py", "import bleach", "lms/html.py"),
        ("courses/learning.py", "from flask import g", "views and cli"),
        ("courses/learning.py", "def f():\n    from lms.work import Work", "inside a function"),
        ("courses/learning.py", "from datetime import datetime\nnow = datetime.now()", "lms/clock.py"),
        ("courses/utils.py", "x = 1", "named after its noun"),
        (
            "lms/web/pages.py",
            "from flask import render_template_string\nrender_template_string('')",
            "template file",
        ),
    ],
)
def test_a_broken_rule_in_a_source_is_found(path: str, text: str, word: str) -> None:
    assert any(word in found for found in found_in_source(path, text))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("lms/html.py", "import bleach"),
        ("courses/views/learn.py", "from flask import g"),
        ("plugins/quiz/views.py", "from flask import g"),
        (
            "courses/learning.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from lms.work import Work",
        ),
        ("lms/clock.py", "from datetime import datetime\nnow = datetime.now()"),
        ("courses/learning.py", "import time\ntime.monotonic()"),
    ],
)
def test_what_is_allowed_in_a_source_passes(path: str, text: str) -> None:
    assert found_in_source(path, text) == []


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('<p style="color: red">{{ x }}</p>', "inline styles"),
        ('<a onclick="go()">{{ x }}</a>', "event handlers"),
        ("<script>go()</script>", "inline scripts"),
        ("{% macro greet() %}Guten Morgen{% endmacro %}", "not translated"),
        ("{{ text | safe }}", "|safe"),
        ("<p>Guten Morgen</p>", "not translated"),
        ('<input placeholder="Suchen">', "not translated"),
        ('<button aria-label="Suchen {{ x }}"></button>', "not translated"),
        ('<use href="{{ sprite }}#i-no-such-thing"/>', "no i-no-such-thing"),
        ("{{ icon('no-such-thing') }}", "no i-no-such-thing"),
        ('<link href="https://fonts.example.org/x">', "self-hosted"),
    ],
)
def test_a_broken_rule_in_a_template_is_found(text: str, word: str) -> None:
    assert any(word in found for found in found_in_template(text))


@pytest.mark.parametrize(
    "text",
    [
        '<p>{{ _("Guten Morgen") }}</p>',
        '{# Ein Kommentar, auch mit style="x" #}<p>{{ x }}</p>',
        "{% trans %}Guten Morgen{% endtrans %}",
        '<a class="brand" href="/">Lehrwerk</a>',
        '<use href="{{ sprite }}#i-check"/><use href="{{ sprite }}#d-dovetail"/>',
        "{% block page_class %}narrow{% endblock %}",
        "{% macro look(f) %}\n{% if f < 1 %}select{% else %}tick{% endif %}\n{% endmacro %}",
        "{{ icon('check') }}&nbsp;·&nbsp;{{ n }} %",
        '<script type="module" src="{{ x }}" nonce="{{ y }}"></script>',
        '{% if a > b %}<p data-onset="1">{{ x }}</p>{% endif %}',
    ],
)
def test_what_is_allowed_in_a_template_passes(text: str) -> None:
    assert found_in_template(text) == []


@pytest.fixture
def product(tmp_path: Path) -> Path:
    """A small product: one template, one module, one catalogue."""
    (tmp_path / "templates" / "lms").mkdir(parents=True)
    (tmp_path / "templates" / "lms" / "a.html").write_text(
        '{{ _("Heute") }} {{ _n("ein Tag", "%(n)s Tage", n) }}'
    )
    (tmp_path / "plugins" / "quiz").mkdir(parents=True)
    (tmp_path / "plugins" / "quiz" / "plugin.py").write_text('title = N_("Fragen an %(name)s")')
    return tmp_path


def test_texts_without_english_are_found_and_collected(
    product: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(list(words.check(product))) == 3
    missing = translations.missing(product)
    assert {path.relative_to(product).as_posix(): len(texts) for path, texts in missing.items()} == {
        "lms/translations/en.po": 2,
        "plugins/quiz/translations/en.po": 1,
    }


def test_english_that_loses_a_value_is_found(product: Path) -> None:
    folder = product / "plugins" / "quiz" / "translations"
    folder.mkdir()
    (folder / "en.po").write_text('msgid "Fragen an %(name)s"\nmsgstr "Questions"\n')
    assert any("other %(values)s" in finding.text for finding in words.check(product))


def test_a_link_to_nowhere_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    page = tmp_path / "README.md"
    page.write_text(
        "# Title here\n[good](#title-here) [good](README.md) [bad](gone.md) [bad](#gone) [away](https://x.example)"
    )
    assert [finding.text for finding in docs.broken(page)] == [
        "gone.md leads nowhere",
        "#gone: no such heading",
    ]
    shutil.rmtree(tmp_path)
