"""`python -m tools.docs`: README and docs/ as HTML in build/docs; a link that leads nowhere ends with 1."""

import html
import itertools
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tools.checks.finding import ROOT, Finding

TARGET = ROOT / "build" / "docs"
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} – Lehrwerk</title>
<style>body{{max-width:46rem;margin:2rem auto;padding:0 1rem;font:1.06rem/1.55 system-ui,sans-serif}}
pre{{overflow:auto;padding:1rem;background:#f2eee4;color:#1b1a17}}table{{border-collapse:collapse}}
td,th{{border:1px solid;padding:.3rem .6rem;text-align:left;vertical-align:top}}img{{max-width:100%}}</style>
</head><body><main>{body}</main></body></html>
"""
RENDERER = MarkdownIt("commonmark", {"html": True}).enable("table")


def pages() -> list[Path]:
    """README and everything in docs/."""
    return [path for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))) if path.exists()]


def slug(heading: str) -> str:
    """The anchor of a heading, as GitHub and GitLab make it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(tokens: list[Token]) -> set[str]:
    """The anchors of a page."""
    return {
        slug(inline.content.replace("`", ""))
        for mark, inline in itertools.pairwise(tokens)
        if mark.type == "heading_open"
    }


def links(tokens: list[Token]) -> Iterator[tuple[int, str]]:
    """(line, address) of every link and picture of a page."""
    for token in tokens:
        for child in token.children or ():
            address = child.attrGet("href") or child.attrGet("src")
            if address:
                yield (token.map or [0])[0] + 1, str(address)


def broken(page: Path) -> Iterator[Finding]:
    """The links of a page that lead to no file or no heading of the project."""
    tokens = RENDERER.parse(page.read_text(encoding="utf-8"))
    for line, address in links(tokens):
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            continue  # other people's pages are not ours to check at build time
        target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        if not target.exists():
            yield Finding(page.relative_to(ROOT).as_posix(), line, f"{address} leads nowhere")
        elif parts.fragment and target.suffix == ".md":
            there = anchors(RENDERER.parse(target.read_text(encoding="utf-8")))
            if parts.fragment not in there:
                yield Finding(page.relative_to(ROOT).as_posix(), line, f"{address}: no such heading")


def write(page: Path) -> None:
    """One page as HTML, with links to pages turned into links to their HTML."""
    text = page.read_text(encoding="utf-8")
    tokens = RENDERER.parse(text)
    for mark, inline in itertools.pairwise(tokens):
        if mark.type == "heading_open":
            mark.attrSet("id", slug(inline.content.replace("`", "")))
    body = RENDERER.renderer.render(tokens, RENDERER.options, {})
    body = re.sub(r'href="(?!https?:)([^"#]+)\.md(#[^"]*)?"', r'href="\1.html\2"', body)
    title = next(
        (inline.content for mark, inline in itertools.pairwise(tokens) if mark.type == "heading_open"),
        page.stem,
    )
    target = (TARGET / page.relative_to(ROOT)).with_suffix(".html")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(PAGE.format(title=html.escape(title), body=body), encoding="utf-8")


def main() -> int:
    """Check and write every page."""
    findings = [finding for page in pages() for finding in broken(page)]
    for finding in findings:
        print(finding)
    for page in pages():
        write(page)
    print(f"docs: {len(pages())} pages in {TARGET.relative_to(ROOT)}, {len(findings) or 'no'} broken links")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
