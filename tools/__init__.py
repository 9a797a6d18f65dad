"""What developers and CI run on the sources; not part of the product."""
