"""Requires a plugin that is not there."""
