"""A rule module that knows Flask, and commits."""
