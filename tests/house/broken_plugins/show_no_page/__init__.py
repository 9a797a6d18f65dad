"""Its show() returns text, not a Page."""
