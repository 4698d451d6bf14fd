"""What scripts/bench makes of its figures."""

import unittest

from measure import UNUSABLE, Row, judge
from replay import Cost, Rounds


def rounds_of(native, ours):
    """As if these seconds had been measured, in rounds."""
    def case(seconds):
        costs = iter([Cost(value, value, value) for value in seconds])
        return lambda: next(costs)
    cases = {"native": case(native), "reprise": case(ours)}
    return Rounds(cases, len(native))


class JudgeTest(unittest.TestCase):
    def test_what_is_asked_for_passes_and_more_does_not(self):
        self.assertIs(judge(0.01, most=0.01, noise=0.1), True)
        self.assertIs(judge(0.0101, most=0.01, noise=0.1), False)

    def test_a_little_below_nothing_is_noise(self):
        self.assertIs(judge(-0.004, most=0.01, noise=0.005), True)
        self.assertIs(judge(0, most=0.01, noise=0), True)

    def test_less_than_nothing_beyond_the_noise_is_no_measurement(self):
        self.assertEqual(judge(-0.006, most=0.01, noise=0.005), UNUSABLE)

    def test_noise_that_hides_what_is_asked_for_does_not_excuse(self):
        self.assertEqual(judge(-0.2, most=0.01, noise=0.5), UNUSABLE)

    def test_an_unusable_figure_is_shown_as_one(self):
        self.assertIn("| **unusable** |", Row("a", "b", passed=UNUSABLE).markdown())
        self.assertIn("| pass |", Row("a", "b", passed=True).markdown())


class RoundsTest(unittest.TestCase):
    def test_noise_is_how_far_the_native_ones_are_apart(self):
        rounds = rounds_of([1.0, 1.25, 1.0], [1.0, 1.0, 1.0])
        self.assertAlmostEqual(rounds.noise(), 0.25)
        self.assertAlmostEqual(rounds.noise(relative=False), 0.25)

    def test_a_run_that_is_faster_than_its_command_alone_is_unusable(self):
        rounds = rounds_of([2.0, 2.01, 2.02], [1.5, 1.5, 1.5])
        more = rounds.more("reprise", "inside")
        self.assertLess(more, -0.2)
        self.assertEqual(judge(more, most=0.01, noise=rounds.noise()), UNUSABLE)


if __name__ == "__main__":
    unittest.main()
