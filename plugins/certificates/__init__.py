"""Certificates: issued on completion, rendered once, verified by anyone."""
