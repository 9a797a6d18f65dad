"""The state it keeps cannot be stored."""
