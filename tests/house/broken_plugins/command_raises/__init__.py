"""Its form falls over when the post is empty."""
