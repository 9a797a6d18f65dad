"""The town in which the rules of the house are tried."""

from tests.town import built_town, town, town_work

__all__ = ["built_town", "town", "town_work"]
