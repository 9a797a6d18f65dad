"""The one Alembic environment of all plugins; lms/migrate.py hands it connection, registry and plugin."""

from alembic import context

from lms import migrate

attributes = context.config.attributes
context.configure(**migrate.configure(attributes["connection"], attributes["registry"], attributes["plugin"]))
with context.begin_transaction():
    context.run_migrations()
