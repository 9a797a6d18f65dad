"""Keeping what is here: backup, restore, digests, and the check of rows against bytes."""
