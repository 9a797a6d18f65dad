"""Its listener falls over."""
