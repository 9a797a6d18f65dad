"""The activity type for reading: formatted text with pictures."""
