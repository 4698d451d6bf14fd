"""Limits."""
LIMIT = 42
