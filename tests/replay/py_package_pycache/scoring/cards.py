"""Cards."""
from . import rules


def score(value):
    return value * 2 + rules.LIMIT
