"""Where the templates of the test kinds stand."""
