"""Shows what an author wrote without escaping it."""
