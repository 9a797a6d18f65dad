"""Formatted text from people, made safe: the only place that imports bleach.

An allow-list of tags, attributes and addresses decides what stays; everything else goes, its words stay
where that is harmless. bleach 6.4.0 is the last bleach, so nh3 stands ready behind the same functions:
`LMS_HTML_CLEANER=nh3` switches, and the same hostile corpus runs against both.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from html import escape, unescape
from threading import Lock
from types import MappingProxyType

import nh3
from bleach.sanitizer import Cleaner
from markupsafe import Markup

Check = Callable[[str], bool]
Profile = MappingProxyType[str, dict[str, Check]]

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_NAME = r"[A-Za-z0-9_~-][A-Za-z0-9_.~-]*"
_FILE = re.compile(rf"/files(/{_NAME})+(\?[\w=&.-]*)?", re.ASCII)
_EXTERNAL = re.compile(r"(https?://|mailto:)[^\s\\<>\"'`\x00-\x20\x7f]+", re.IGNORECASE)
_OWN = re.compile(r"(?!//)[^\s\\<>\"'`:\x00-\x20\x7f/?#]*([/?#][^\s\\<>\"'`\x00-\x20\x7f]*)?")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}", re.IGNORECASE | re.ASCII)
_NUMBER = re.compile(r"\d{1,4}", re.ASCII)
_LINK_OUT = re.compile(r'<a href="(https?:[^"]*)">', re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)", re.IGNORECASE)
_MAY_STAY_OPEN = frozenset(
    {"p", "li", "td", "th", "tr", "thead", "tbody", "tfoot", "caption", "img", "br", "hr"}
)
_ROUNDS = 8
_DEEPEST = 128
_MOST_SIGNS = 20_000
_REMEMBERED = 20_000  # characters up to which a result is kept in memory
_SILENT = ("script", "style", "template", "noscript", "iframe", "object", "svg", "math", "textarea", "title")
_MARKUP = re.compile(  # takes linear time: no part can begin inside another
    rf"<!--.*?(?:-->|\Z)|<(?P<silent>{'|'.join(_SILENT)})\b.*?(?:</(?P=silent)\b[^<>]*>|\Z)"
    r"""|</?(?P<tag>[a-z][a-z0-9]*)(?:[^<>"']|"[^"<]*"|'[^'<]*')*+>|<[!?/][^<>]*>""",
    re.IGNORECASE | re.DOTALL,
)
_BLOCK = re.compile(
    r"p|h[1-6r]|[uod]l|li|d[td]|table|caption|t[rdh]|blockquote|pre|fig(ure|caption)|aside|div|section|br",
    re.IGNORECASE,
)


def _any(value: str) -> bool:
    return True


def _one_of(*values: str) -> Check:
    return frozenset(values).__contains__


def _matches(pattern: re.Pattern[str]) -> Check:
    return lambda value: pattern.fullmatch(value) is not None


def _address(value: str) -> bool:
    return _EXTERNAL.fullmatch(value) is not None or _OWN.fullmatch(value) is not None


_NUMERIC = _matches(_NUMBER)
_LINK: dict[str, Check] = {"href": _address}
_CELL: dict[str, Check] = {"colspan": _NUMERIC, "rowspan": _NUMERIC}

_INLINE: Profile = MappingProxyType(
    {"strong": {}, "em": {}, "a": _LINK, "br": {}, "sub": {}, "sup": {}, "code": {}}
)
_RICH: Profile = MappingProxyType(
    {
        **_INLINE,
        **{tag: {} for tag in ("p", "h2", "h3", "h4", "ul", "li", "blockquote", "pre", "hr")},
        **{tag: {} for tag in ("figure", "figcaption", "table", "caption", "thead", "tbody", "tfoot", "tr")},
        "ol": {"start": _NUMERIC},
        "img": {"src": _matches(_FILE), "alt": _any, "width": _NUMERIC, "height": _NUMERIC},
        "th": {**_CELL, "scope": _one_of("row", "col", "rowgroup", "colgroup")},
        "td": _CELL,
        "dfn": {"title": _any},
        "span": {"lang": _matches(_LANGUAGE)},
        "aside": {"class": _one_of("notice", "notice wait", "notice bad")},
    }
)
PROFILES: MappingProxyType[str, Profile] = MappingProxyType({"rich": _RICH, "inline": _INLINE})
"""What may stay: profile -> tag -> attribute -> whether its value is fine."""


def clean(html: str, profile: str = "rich") -> Markup:
    """Safe markup: what the profile allows and nothing else. Cleaning it again changes nothing."""
    text = encodable(str(html))
    clean_now = _clean if len(text) <= _REMEMBERED else _clean.__wrapped__
    return clean_now(text, profile, _backend)


def plain(html: str) -> str:
    """The words alone, with a space where a block ends. This is text, not markup: escape it when shown."""
    words = unescape(_MARKUP.sub(_gap, encodable(str(html))))
    return " ".join(_CONTROLS.sub(" ", words).split())


def use(backend: str) -> None:
    """Choose who cleans from now on, "bleach" or "nh3"; raises ValueError for any other name."""
    global _backend
    if backend not in _BACKENDS:
        raise ValueError(f"LMS_HTML_CLEANER is '{backend}'; use {' or '.join(sorted(_BACKENDS))}.")
    _backend = backend


@lru_cache(maxsize=256)
def _clean(html: str, profile: str, backend: str) -> Markup:
    """The fixed point of sanitising. Only the words remain of text that never settles or is beyond reason."""
    sanitise = _BACKENDS[backend]
    current = html
    for _ in range(0 if _excessive(html) else _ROUNDS):
        cleaned = _LINK_OUT.sub(r'<a href="\1" rel="noopener nofollow">', sanitise(current, profile))
        if cleaned == current:
            return Markup(cleaned)  # noqa: S704 - this is the sanitiser
        current = cleaned
    return Markup(escape(plain(html), quote=False))  # noqa: S704 - escaped text without any tag


def encodable(text: str) -> str:
    """The text without lone surrogates, which JSON can bring in and nothing can write out."""
    return text.encode("utf-8", "replace").decode()


def _excessive(html: str) -> bool:
    """Whether this would keep bleach busy for more than a few seconds, as no text written by hand does."""
    return html.count("<") + html.count("&") > _MOST_SIGNS or _depth(html) > _DEEPEST


def _depth(html: str) -> int:
    """How deep the tags nest at most, judged from above. bleach takes quadratic time in this."""
    opened: dict[str, int] = {}
    depth = deepest = 0
    for closing, name in _TAG.findall(html):
        tag = name.lower()
        if tag in _MAY_STAY_OPEN or (closing and not opened.get(tag)):
            continue
        step = -1 if closing else 1
        opened[tag] = opened.get(tag, 0) + step
        depth += step
        deepest = max(deepest, depth)
    return deepest


def _with_bleach(html: str, profile: str) -> str:
    with _bleach_lock:  # a Cleaner keeps its parser's state
        return _bleach_cleaners[profile].clean(html)


def _with_nh3(html: str, profile: str) -> str:
    allowed = PROFILES[profile]
    return nh3.clean(
        html,
        tags=set(allowed),
        attributes={tag: set(checks) for tag, checks in allowed.items()},
        attribute_filter=lambda tag, name, value: value if _fine(allowed, tag, name, value) else None,
        clean_content_tags=set(_SILENT),
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )


def _fine(profile: Profile, tag: str, name: str, value: str) -> bool:
    """Whether this attribute may stay. Never raises: nh3 lets a value pass when its filter does."""
    check = profile.get(tag, {}).get(name)
    return check is not None and check(value)


def _gap(match: re.Match[str]) -> str:
    """What stands for a piece of markup in plain text."""
    return " " if _BLOCK.fullmatch(match["tag"] or "") else ""


_BACKENDS: dict[str, Callable[[str, str], str]] = {"bleach": _with_bleach, "nh3": _with_nh3}
_backend = "bleach"
_bleach_lock = Lock()
_bleach_cleaners = {
    name: Cleaner(
        tags=frozenset(profile),
        attributes=lambda tag, name, value, profile=profile: _fine(profile, tag, name, unescape(value)),
        protocols=frozenset({"http", "https", "mailto"}),
        strip=True,
        strip_comments=True,
    )
    for name, profile in PROFILES.items()
}
