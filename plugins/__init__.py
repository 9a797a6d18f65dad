"""Kinds and extras. Each folder is a plugin and a model for third parties."""
