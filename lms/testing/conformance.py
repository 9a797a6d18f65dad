"""The conformance kit: what every plugin must keep. Each check raises AssertionError with a sentence that says
what is wrong; docs/plugins.md explains each under the heading its docstring names."""

import ast
import json
import tempfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from babel.messages.extract import extract_from_dir
from flask import Flask, g, render_template
from sqlalchemy import select

from lms import house as houses
from lms import i18n, migrate, registry
from lms.config import Config
from lms.contract import NOTHING, VISITOR, Plugin
from lms.db import Base
from lms.house import House
from lms.registry import FLOORS, Registry, submodule
from lms.testing import fixtures
from lms.work import Work

SCRIPT = "<script>alert('kit')</script>"
WEB_FILES = ("views.py", "cli.py")
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2"), ("templates/**.txt", "jinja2")]
KEYWORDS = {"_": None, "N_": None, "_n": (1, 2)}


def known(found: Registry, name: str) -> Plugin:
    """The active plugin of this name; if it was refused, the reason."""
    reasons = "; ".join(bad.reason for bad in found.quarantine if bad.name == name)
    assert name in found.plugins, f"{name} is not active: {reasons or 'there is no such plugin'}"
    return found.plugins[name]


def starts_alone(name: str) -> None:
    """docs/plugins.md, Starts alone: it loads with nothing but what it requires."""
    everything = registry.load()
    wanted = {name, *FLOORS, *(other.name for other in required(known(everything, name)))}
    known(registry.load(off=set(everything.plugins) - wanted), name)


def required(plugin: Plugin) -> list[Plugin]:
    """The plugins this one rests on, directly or not; the house always."""
    active = registry.load().plugins
    found: dict[str, Plugin] = {}
    queue = ["lms", *plugin.requires]
    while queue:
        name = queue.pop(0)
        if name not in found and name in active and name != plugin.name:
            found[name] = active[name]
            queue += active[name].requires
    return list(found.values())


def tables_are_prefixed(plugin: Plugin) -> None:
    """docs/plugins.md, Names: every table begins with the plugin's name, and its model module declares it."""
    module = submodule(plugin, "models")
    for thing in vars(module).values() if module else ():
        table = getattr(thing, "__tablename__", None)
        if table and thing.__module__ == f"{plugin.package}.models":
            assert table.startswith(plugin.name + "_"), (
                f"table '{table}' does not begin with '{plugin.name}_'"
            )


def migrates(name: str, database_url: str | None = None) -> None:
    """docs/plugins.md, Migrations: up, down and up again leave the tables just as the models say."""
    with tempfile.TemporaryDirectory() as folder:
        url = database_url or f"sqlite:///{folder}/kit.db"
        house = houses.build(Config.load({"LMS_HOME": folder, "LMS_ENV": "test", "LMS_DATABASE_URL": url}))
        try:
            migrate.upgrade(house.registry, house.database)
            for dependent in reversed(
                [p.name for p in house.registry.plugins.values() if _needs(house, p, name)]
            ):
                if migrate.head(house.registry.plugins[dependent]):
                    migrate.downgrade(house.registry, house.database, dependent)
            migrate.upgrade(house.registry, house.database)
            drift = migrate.drift(house.registry, house.database)
            assert not drift, f"models and migrations differ: {drift[:3]}"
        finally:
            house.database.dispose()


def _needs(house: House, plugin: Plugin, name: str) -> bool:
    """Whether this plugin is the named one or rests on it, directly or not."""
    return plugin.name == name or any(_needs(house, house.registry.plugins[r], name) for r in plugin.requires)


def kinds_keep_their_contract(plugin: Plugin) -> None:
    """docs/plugins.md, Kinds: every kind passes the check its contract class brings."""
    for kind in plugin.provides:
        kind.check()


def pages_render(plugin: Plugin, app: Flask) -> None:
    """docs/plugins.md, Pages: every kind's sample pages render, and no `<script>` of an author ever comes out."""
    for kind in plugin.provides:
        for text in ("", SCRIPT):
            for page in kind.samples(text):
                html = _render(app, page.template, dict(page.values))
                assert SCRIPT not in html, (
                    f"{kind.key}: a <script> in a text setting comes out of {page.template}"
                )


def _render(app: Flask, template: str, values: dict[str, Any]) -> str:
    house: House = app.extensions["house"]
    with app.test_request_context("/"), house.work(VISITOR, readonly=True) as work:
        g.work, g.csp_nonce, g.request_id = work, "", ""
        html = render_template(template, **values)
        g.pop("work")
    return html


def permissions_work(plugin: Plugin, work: Work) -> None:
    """docs/plugins.md, Permissions: each clause works as a list and as a check, and both agree."""
    nobody = fixtures.work_as(work, fixtures.person(work))
    for permission in plugin.permissions:
        if permission.on is None:
            nobody.can(permission.name)
            continue
        assert permission.clause is not None, f"{permission.name} speaks of a thing but has no clause"
        listed = {
            thing.id
            for thing in nobody.session.scalars(nobody.allowed(permission.name, permission.on).limit(50))
        }
        for thing in nobody.session.scalars(select(permission.on).limit(50)):
            assert nobody.can(permission.name, thing) == (thing.id in listed), (
                f"{permission.name}: list and check differ"
            )


def routes_ask(plugin: Plugin, app: Flask) -> None:
    """docs/plugins.md, Routes: every address declares the permission it asks, or is public."""
    blueprints = {blueprint.name for blueprint in getattr(submodule(plugin, "views"), "blueprints", ())}
    for rule in app.url_map.iter_rules():
        if rule.endpoint.split(".")[0] in blueprints and not rule.endpoint.endswith(".static"):
            view = app.view_functions[rule.endpoint]
            assert getattr(view, "public", False) or getattr(view, "asks", ()), (
                f"{rule.rule} asks no permission"
            )


def commands_cope(plugin: Plugin) -> None:
    """docs/plugins.md, Commands: forms refuse empty and hostile posts without raising."""
    for command in plugin.commands:
        for hostile in ({}, {"\x00": "\x00"}, {"id": "9" * 400, "revision": "-1", "data": "{" * 5000}):
            command.form.of(hostile).validate()


def rules_stay_pure(plugin: Plugin) -> None:
    """docs/plugins.md, Rules: only views and cli know Flask; nobody commits."""
    for path in sources(plugin):
        if path.name in WEB_FILES or {"migrations", "views"} & set(path.parts) or _is_chassis(plugin, path):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import | ast.ImportFrom):
                named = (
                    [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
                )
                assert not any(n.split(".")[0] in ("flask", "flask_login") for n in named), (
                    f"{path.name} imports flask"
                )
            if isinstance(node, ast.Attribute) and node.attr == "commit" and plugin.name != "lms":
                raise AssertionError(f"{path.name}:{node.lineno} commits; the house does that")


def _is_chassis(plugin: Plugin, path: Path) -> bool:
    return plugin.name == "lms" and (
        bool({"web", "testing"} & set(path.parts)) or path.name in ("app.py", "command_line.py")
    )


def keeps_personal_data(plugin: Plugin, work: Work) -> None:
    """docs/plugins.md, Personal data: a plugin with tables about people hands out and forgets what it keeps."""
    tables = [t for name, t in Base.metadata.tables.items() if name.startswith(plugin.name + "_")]
    about_people = [t for t in tables if "person_id" in t.c]
    if not about_people:
        return
    assert plugin.personal_data not in (None, NOTHING), (
        f"{plugin.name} keeps data about people but declares none"
    )
    someone = fixtures.person(work)
    json.dumps(plugin.personal_data.export(work, someone.id), default=str)
    plugin.personal_data.erase(work, someone.id)
    work.session.flush()
    for table in about_people:
        left = work.session.execute(select(table.c.person_id).where(table.c.person_id == someone.id)).first()
        assert left is None, f"{table.name} still knows the person"


def speaks_both_languages(plugin: Plugin) -> None:
    """docs/plugins.md, Languages: every text is there in the other language too, here or in what the plugin requires."""
    catalogues = i18n.load([plugin, *required(plugin)])
    for locale in i18n.LOCALES:
        if locale != plugin.language:
            missing = [text for text in texts(plugin) if text not in catalogues.texts.get(locale, {})]
            assert not missing, f"{plugin.name}: {len(missing)} texts without '{locale}': {missing[:5]}"


def texts(plugin: Plugin) -> list[Any]:
    """Every translatable text of the plugin's Python files and templates."""
    folder = Path(str(files(plugin.package)))
    folders = [folder, *_project_templates(plugin, folder)]
    found: dict[Any, None] = {}
    for place in folders:
        methods = METHODS if place is folder else [("**.html", "jinja2"), ("**.txt", "jinja2")]
        for _, _, message, _, _ in extract_from_dir(place, methods, keywords=KEYWORDS, options_map=_JINJA):
            if message:
                found[tuple(message) if isinstance(message, list | tuple) else message] = None
    return list(found)


_JINJA = {pattern: {"trimmed": "false", "silent": "false"} for pattern in ("templates/**.html", "**.html")}


def _project_templates(plugin: Plugin, folder: Path) -> Iterator[Path]:
    """The floors' templates live in the project's templates/ folder."""
    templates = (
        folder.parent / "templates" if (folder.parent / "templates").is_dir() else folder / "templates"
    )
    if plugin.name == "courses":
        yield templates / "courses"
    if plugin.name == "lms":
        yield from (
            templates / name for name in ("lms", "macros", "errors", "mail") if (templates / name).is_dir()
        )


def sources(plugin: Plugin) -> list[Path]:
    """The plugin's Python files."""
    return sorted(Path(str(files(plugin.package))).rglob("*.py"))
