"""Going through the app as somebody: every link of every page, and every address with any id."""

import re
from collections.abc import Iterator
from html import unescape
from itertools import product
from urllib.parse import urlsplit

from werkzeug.routing import IntegerConverter, Rule
from werkzeug.test import TestResponse

from tests.house.addresses import rules, variables
from tests.town import Town

LINK = re.compile(r'(?:href|src|hx-get)="([^"]+)"')
MOST = 300  # pages: more than the town has


def crawl(town: Town, who: str, start: str = "/") -> Iterator[tuple[str, TestResponse]]:
    """(address, answer) of every page this person gets to from the start by links alone."""
    waiting, seen = [start], {start}
    while waiting and len(seen) < MOST:
        path = waiting.pop(0)
        answer = town.ask(who, "GET", path)
        yield path, answer
        for link in links(answer) - seen:
            seen.add(link)
            waiting.append(link)


def links(answer: TestResponse) -> set[str]:
    """The addresses on this site that an answer leads to, without those of static files."""
    found = LINK.findall(answer.text) if answer.mimetype == "text/html" else []
    targets = [unescape(link) for link in [*found, answer.headers.get("Location", "")]]
    return {
        link.partition("#")[0]
        for link in targets
        if link.startswith("/") and "/static/" not in urlsplit(link).path
    }


def gets(town: Town) -> list[Rule]:
    """Every rule that answers GET, but for static files."""
    return [rule for method, rule in rules(town.app) if method == "GET" and "/static/" not in rule.rule]


def posts(town: Town) -> list[Rule]:
    """Every rule that answers POST."""
    return [rule for method, rule in rules(town.app) if method == "POST"]


def with_ids(town: Town, rule: Rule, ids: list[int]) -> Iterator[str]:
    """The addresses of this rule with each of these ids for each of its numbers."""
    numbers = [
        name for name, converter in rule._converters.items() if isinstance(converter, IntegerConverter)
    ]
    adapter = town.app.url_map.bind("localhost")
    for chosen in product(ids, repeat=len(numbers)) if numbers else ():
        values = {**variables(town, rule), **dict(zip(numbers, chosen, strict=True))}
        yield adapter.build(rule.endpoint, values, method="GET")
