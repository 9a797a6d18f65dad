"""Rules for templates: content security policy, escaping, icons, and every visible word translated."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tools.checks.finding import ROOT, Finding, template_files

ICONS = ROOT / "lms" / "frontend" / "icons.txt"
DRAWINGS = ROOT / "lms" / "frontend" / "drawings.svg"

# What the policy forbids, or what would let text become markup.
FORBIDDEN = {
    r"\sstyle\s*=": "no inline styles (content security policy): use a class or a data- attribute",
    r"<style\b": "no style elements (content security policy)",
    r"\son[a-z]+\s*=\s*[\"']": "no inline event handlers (content security policy): use a data- attribute and app.js",
    r"javascript:": "no script in addresses",
    r"<script(?![^>]*\b(?:src|type=\"application/(?:ld\+)?json\"))": "no inline scripts: put them into lms/frontend",
    r"\|\s*safe\b": "no |safe: rich text goes through the filter `rich`, everything else is escaped",
    r"\{%\s*autoescape\s+false": "escaping stays on",
    r"https?://(?:fonts|cdn|unpkg|www\.google)": "everything is self-hosted",
}

# Proper names and codes that read the same in every language.
UNTRANSLATED = {"Lehrwerk", "PDF", "CSV", "QR", "HTML", "LMS_SECRET_KEY", "ID", "Deutsch", "English"}

JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
CODE = re.compile(r"<(script|style|svg)\b.*?</\1>|<!--.*?-->", re.DOTALL)
TAG = re.compile(r"<[^>]*>", re.DOTALL)
WORD = re.compile(r"[^\W\d_]{2,}")
SPOKEN = re.compile(r"\b(?:placeholder|title|aria-label|alt|label)=\"([^\"]*)\"")
TRANS = re.compile(r"\{%-?\s*trans\b.*?\{%-?\s*endtrans\s*-?%\}", re.DOTALL)
# What is no text: classes that a page gives its frame, and macros that answer with a code word.
CLASS_BLOCK = re.compile(r"\{%-?\s*block \w+_class\b.*?\{%-?\s*endblock", re.DOTALL)
MACRO = re.compile(r"(?<=%\})(?:(?!\{%-?\s*(?:end)?macro\b)[^<])*(?=\{%-?\s*endmacro)", re.DOTALL)
CODE_WORDS = re.compile(r"[a-z_\s]*")
ENTITY = re.compile(r"&[a-z]+;")
SPRITE_NAME = re.compile(r"#((?:i|d)-[a-z0-9-]+)")
ICON_CALL = re.compile(r"\bicon\(\s*['\"]([a-z0-9-]+)['\"]")


def check(root: Path = ROOT) -> Iterator[Finding]:
    """Every broken rule in the product's templates."""
    for path in template_files(root):
        yield from check_text(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))


def check_text(path: str, text: str) -> Iterator[Finding]:
    """Every broken rule in one template, given as its path below the project and its text."""
    without_comments = _blank(re.compile(r"\{#.*?#\}", re.DOTALL), text)
    for pattern, reason in FORBIDDEN.items():
        for match in re.finditer(pattern, without_comments):
            yield Finding(path, _line(text, match.start()), reason)
    yield from _unknown_icons(path, without_comments)
    yield from _untranslated(path, without_comments)


def _unknown_icons(path: str, text: str) -> Iterator[Finding]:
    for match in [*SPRITE_NAME.finditer(text), *ICON_CALL.finditer(text)]:
        name = match[1] if match.re is SPRITE_NAME else f"i-{match[1]}"
        if name not in sprite_names() and not name.endswith("-"):
            yield Finding(
                path,
                _line(text, match.start()),
                f"the sprite has no {name}: add it to lms/frontend/icons.txt",
            )


@cache
def sprite_names() -> frozenset[str]:
    """The ids in the sprite: Lucide's icons that we ask for, and our own drawings."""
    lines = (line.strip() for line in ICONS.read_text(encoding="utf-8").splitlines())
    icons = {f"i-{line}" for line in lines if line and not line.startswith("#")}
    return frozenset(icons | set(re.findall(r'<symbol id="([^"]+)"', DRAWINGS.read_text(encoding="utf-8"))))


def _untranslated(path: str, text: str) -> Iterator[Finding]:
    """Words between tags, or in attributes that are shown or read aloud, outside _() and {% trans %}."""
    plain = _blank(JINJA, _without_code_words(_blank(CLASS_BLOCK, _blank(CODE, _blank(TRANS, text)))))
    for match in SPOKEN.finditer(plain):
        yield from _words(path, text, match[1], match.start(1))
    shown = _blank(ENTITY, _blank(TAG, plain))
    for match in re.finditer(r"[^\n]+", shown):
        yield from _words(path, text, match[0], match.start())


def _without_code_words(text: str) -> str:
    """The text without the bodies of macros that hold no tags and only lower-case words: values, not sentences."""

    def judge(match: re.Match[str]) -> str:
        return _blank(WORD, match[0]) if CODE_WORDS.fullmatch(_blank(JINJA, match[0])) else match[0]

    return MACRO.sub(judge, text)


def _words(path: str, text: str, part: str, start: int) -> Iterator[Finding]:
    words = [word for word in WORD.findall(part) if word not in UNTRANSLATED]
    if words:
        yield Finding(path, _line(text, start), f'“{part.strip()}” is not translated: write {{{{ _("…") }}}}')


def _blank(pattern: re.Pattern[str], text: str) -> str:
    """The text with every match replaced by spaces, so that places and lines stay."""
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
