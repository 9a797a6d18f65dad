"""Forgets its English."""
