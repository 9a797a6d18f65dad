"""A permission that speaks of a thing without a clause."""
