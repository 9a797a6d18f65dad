"""A page that asks no permission."""
