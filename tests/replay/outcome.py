"""What came of a case, and how that compares with what was expected."""

import fnmatch


class Outcome:
    """What came of one case: it passed unless fail() or skip() was called."""

    def __init__(self, case):
        self.case = case
        self.verdict = ""
        self.problems = []
        self.skipped = ""  # Why.
        self.seconds = 0.0

    def fail(self, problem):
        self.problems.append(problem)

    def skip(self, why):
        self.skipped = why

    @property
    def passed(self):
        return not self.problems and not self.skipped


def shown(paths):
    """Some paths for a person; their bytes may be no text."""
    texts = [ascii(path) for path in sorted(paths)[:5]]
    return ", ".join(texts) + (", …" if len(paths) > 5 else "")


def check_outputs(outcome, patterns, actual):
    """Every output is expected, and every pattern is met by one."""
    for pattern in patterns:
        if not fnmatch.filter(actual, pattern):
            outcome.fail(f"no output {ascii(pattern)}")
    extra = [path for path in actual
             if not any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)]
    if extra:
        outcome.fail(f"unexpected outputs: {shown(extra)}")
