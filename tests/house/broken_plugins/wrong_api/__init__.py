"""Written for a contract this house does not speak."""
