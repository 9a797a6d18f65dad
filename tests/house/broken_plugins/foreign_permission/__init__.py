"""Brings a permission that does not bear its name."""
