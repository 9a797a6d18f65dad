"""What people write can never run: the same corpus against both cleaners, read again by a third parser."""

import re
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from lms import html
from lms.html import PROFILES, clean, plain
from lms.testing.hostile_markup import VECTORS

pytestmark = pytest.mark.once

GOOD = (
    "<p>Ein <strong>Zinken</strong> und <em>zwei</em> Schwalben, 3 &lt; 4 &amp; 5 &gt; 2</p>",
    '<h2>Eins</h2><h3>Zwei</h3><h4>Drei</h4><ul><li>a</li></ul><ol start="3"><li>b</li></ol>',
    '<figure><img src="/files/12/zinken.png" alt="Zinken" width="640" height="480"><figcaption>Fig</figcaption></figure>',
    '<table><caption>T</caption><thead><tr><th scope="col" colspan="2">A</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>',
    "<blockquote><p>Zitat</p></blockquote><pre><code>x = 1</code></pre><hr><p>H<sub>2</sub>O, m<sup>2</sup><br>neu</p>",
    '<p><dfn title="Werkzeug zum Anreißen">Streichmaß</dfn> heißt <span lang="en">marking gauge</span></p>',
    '<aside class="notice"><p>n</p></aside><aside class="notice wait"><p>w</p></aside><aside class="notice bad"><p>b</p></aside>',
    '<p><a href="/courses/3?x=1#y">intern</a> <a href="#unten">hier</a> <a href="mailto:a@b.example">Post</a></p>',
    '<p><a href="https://www.dguv.de/a?b=1&amp;c=2" rel="noopener nofollow">außen</a></p>',
)

SPLINTERS = """< > & " ' &amp; &lt; </p> </a> <p> <a href= <table> <td> <!-- --> ]]> <svg> <math> </style> <style> <li> </table> <pre>"""
pieces = st.sampled_from([*VECTORS, *GOOD, *SPLINTERS.split(" "), "\n", "\x00", "ä"])
markup = st.lists(pieces | st.text(max_size=8), max_size=8).map("".join)


@pytest.fixture(params=["bleach", "nh3"])
def backend(request: pytest.FixtureRequest) -> Iterator[str]:
    html.use(request.param)
    yield request.param
    html.use("bleach")


def assert_harmless(cleaned: str, profile: str = "rich") -> None:
    """Only allow-listed tags, attributes and addresses, as a browser's parser sees them."""
    tree = html5lib.parseFragment(cleaned, treebuilder="etree", namespaceHTMLElements=False)
    allowed = PROFILES[profile]
    for element in tree.iter():
        if element is tree:
            continue
        assert element.tag in allowed, element.tag
        names = set(element.attrib) - ({"rel"} if element.tag == "a" else set())
        assert names <= set(allowed[element.tag]), names
        assert element.get("rel") in (None, "noopener nofollow")
        assert element.get("class") in (None, "notice", "notice wait", "notice bad")
        assert_address(element.get("href"))
        src = element.get("src")
        assert src is None or (
            src.startswith("/files/") and ".." not in src and "%" not in src and "\\" not in src
        )


def assert_address(href: str | None) -> None:
    if href is None:
        return
    assert not re.search(r"[\s\x00-\x20\\]", href)
    parts = urlsplit(href)
    assert parts.scheme in ("", "http", "https", "mailto")
    assert parts.scheme or not parts.netloc, "an address without scheme stays on this site"


@pytest.mark.parametrize("profile", ["rich", "inline"])
@pytest.mark.parametrize("vector", VECTORS, ids=range(len(VECTORS)))
def test_hostile_markup_comes_out_harmless(backend: str, vector: str, profile: str) -> None:
    cleaned = clean(vector, profile)
    assert isinstance(cleaned, Markup)
    assert_harmless(cleaned, profile)
    assert clean(cleaned, profile) == cleaned


@pytest.mark.parametrize("good", GOOD)
def test_what_the_editor_writes_stays_as_it_is(backend: str, good: str) -> None:
    assert clean(good) == good


def test_links_that_leave_carry_rel_and_others_do_not(backend: str) -> None:
    cleaned = clean('<a href="HTTPS://a.example" rel="opener">x</a><a href="/b" rel="x">y</a>')
    assert cleaned == '<a href="HTTPS://a.example" rel="noopener nofollow">x</a><a href="/b">y</a>'


def test_inline_keeps_the_words_of_blocks(backend: str) -> None:
    assert clean("<p>Ein <em>Wort</em></p> <h2>B</h2>", "inline").split() == ["Ein", "<em>Wort</em>", "B"]


def test_plain_gives_words_with_spaces_between_blocks() -> None:
    assert (
        plain("<p>Ein&nbsp;<b>Wort</b>,</p><p>a &lt; b &amp; c</p><script>x</script><!-- y -->")
        == "Ein Wort, a < b & c"
    )
    assert plain('<img alt="a>b"><ul><li>eins<li>zwei</ul>drei<br>vier') == "eins zwei drei vier"
    assert plain("4 < 5 > 3") == "4 < 5 > 3"


def test_markup_nested_beyond_reason_is_reduced_to_its_words(backend: str) -> None:
    start = time.perf_counter()
    assert clean("<ul><li>" * 10_000 + "Holz &amp; Leim") == "Holz &amp; Leim"
    assert clean("<b a=" * 30_000).startswith("&lt;b a=")
    assert clean("<" * 100_000) == "&lt;" * 100_000
    assert clean("&" * 100_000) == "&amp;" * 100_000
    assert time.perf_counter() - start < 5


def test_a_long_text_is_cleaned_like_a_short_one(backend: str) -> None:
    assert clean("<p onclick=x>Holz</p>" * 2_000) == "<p>Holz</p>" * 2_000


def test_an_unknown_cleaner_is_refused() -> None:
    with pytest.raises(ValueError, match="LMS_HTML_CLEANER"):
        html.use("regex")


@pytest.mark.parametrize("name", ["bleach", "nh3"])
@settings(max_examples=150, deadline=None)
@given(text=markup, profile=st.sampled_from(sorted(PROFILES)))
def test_any_mixture_is_harmless_and_stays_so(name: str, text: str, profile: str) -> None:
    html.use(name)
    try:
        cleaned = clean(text, profile)
        assert_harmless(cleaned, profile)
        assert clean(cleaned, profile) == cleaned
    finally:
        html.use("bleach")


@given(text=st.text(alphabet=st.characters(exclude_categories=["C", "Z"])))
@settings(max_examples=150, deadline=None)
def test_words_written_as_markup_read_the_same(text: str) -> None:
    assert plain(text.replace("&", "&amp;").replace("<", "&lt;")) == text
