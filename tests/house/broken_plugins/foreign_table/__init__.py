"""Its table does not bear its name."""
