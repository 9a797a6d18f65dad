"""create_app(): the only place where everything meets."""

from flask import Blueprint, Flask

from lms import cli
from lms import house as houses
from lms.config import Config
from lms.contract import Plugin
from lms.house import House
from lms.registry import FLOORS, submodule
from lms.web import chassis, errors, logs, security, templating


def create_app(config: Config | None = None, *, strict: bool = False, house: House | None = None) -> Flask:
    """The WSGI application for this configuration (default: from LMS_* variables).

    `strict` raises where a running site would box, log and go on; tests use it.
    """
    config = config or Config.load()
    logs.init(readable=not config.production)
    house = house or houses.build(config, strict=strict)
    app = Flask("lms", static_folder="static", template_folder=None)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions["house"] = house
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 365 * 24 * 3600
    security.init(app, config)
    chassis.init(app)
    templating.init(app, house)
    errors.init(app)
    for plugin in house.registry.plugins.values():
        _mount(app, plugin)
    cli.init(app, house)
    return app


def _mount(app: Flask, plugin: Plugin) -> None:
    """Register the plugin's blueprints: the floors' at the root, everybody else's under /x/<name>/."""
    views = submodule(plugin, "views")
    for blueprint in getattr(views, "blueprints", ()):
        if not isinstance(blueprint, Blueprint):
            raise TypeError(f"{plugin.name}.views.blueprints holds something that is no Blueprint")
        prefix = None if plugin.name in FLOORS else f"/x/{plugin.name}{blueprint.url_prefix or ''}"
        app.register_blueprint(blueprint, url_prefix=prefix)
