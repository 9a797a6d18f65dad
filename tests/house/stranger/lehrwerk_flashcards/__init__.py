"""Flashcards: one side, other side."""
