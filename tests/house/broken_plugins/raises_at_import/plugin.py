"""Falls over as soon as it is imported."""

raise RuntimeError("broken on purpose")
