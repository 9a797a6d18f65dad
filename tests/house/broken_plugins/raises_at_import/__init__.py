"""Falls over as soon as it is imported."""
