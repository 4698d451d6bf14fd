#!/usr/bin/env python3
"""That every case of the corpus is well-formed, and that one that is not is refused."""

import os
import sys
import tempfile
import unittest

import cases

_ROOT = os.path.dirname(os.path.dirname(cases.FOLDER))
_PAGE = os.path.join(_ROOT, "docs", "replay_corpus.md")
_MARKS = ("<!-- scripts/replay-corpus --list --markdown -->\n", "<!-- end -->\n")
_README = "# one\n\nDoes: a.\n\nUses: b.\n\nWhy: c.\n\nExpected: d.\n"
_CASE = 'group = "quick"\nrun = ["true"]\nverdict = "identical"\n'


class CorpusTest(unittest.TestCase):
    def test_every_folder_is_a_case(self):
        self.assertGreaterEqual(len(cases.read_all()), 40)

    def test_most_cases_are_quick_and_both_kinds_are_there(self):
        every = cases.read_all()
        self.assertGreater(sum(case.group == "quick" for case in every), len(every) / 2)
        self.assertTrue(any(case.verdict == ["incomplete"] for case in every))
        self.assertTrue(any(case.verdict == ["diverged"] for case in every))

    def test_the_page_has_the_table(self):
        with open(_PAGE, encoding="utf-8") as file:
            page = file.read()
        before, found, rest = page.partition(_MARKS[0])
        table, found_end, after = rest.partition(_MARKS[1])
        self.assertTrue(found and found_end, f"{_PAGE} has no place for the table")
        wanted = cases.markdown_table(cases.read_all())
        if os.environ.get("REPRISE_TEST_ACCEPT") == "1":
            with open(_PAGE, "w", encoding="utf-8") as file:
                file.write(before + _MARKS[0] + "\n" + wanted + "\n" + _MARKS[1] + after)
            return
        self.assertEqual(table.strip(), wanted.strip(), "run it with REPRISE_TEST_ACCEPT=1")

    def test_the_page_explains_every_key(self):
        with open(_PAGE, encoding="utf-8") as file:
            page = file.read()
        for key in cases.KEYS:
            with self.subTest(key):
                self.assertIn(f"`{'needs.' if key in cases.NEEDS else ''}{key}`", page)


class MalformedTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = scratch.name
        self.write("README.md", _README)
        self.write("case.toml", _CASE)

    def write(self, name, content, folder="one"):
        os.makedirs(os.path.join(self.root, folder), exist_ok=True)
        with open(os.path.join(self.root, folder, name), "w", encoding="utf-8") as file:
            file.write(content)

    def assert_refused(self, part):
        with self.assertRaises(cases.CaseError) as caught:
            cases.read_all(self.root)
        self.assertIn(part, str(caught.exception))

    def test_a_plain_case_is_read(self):
        (case,) = cases.read_all(self.root)
        self.assertEqual((case.name, case.does, case.run), ("one", "a.", ["true"]))
        self.assertTrue(case.is_deterministic)
        self.assertEqual(case.expected_natively, "same")

    def test_a_folder_without_a_case_is_refused(self):
        self.write("README.md", _README.replace("one", "two"), "two")
        self.assert_refused("two: there is no case.toml")

    def test_a_case_that_does_not_say_why_is_refused(self):
        self.write("README.md", _README.replace("Why: ", "Because: "))
        self.assert_refused('"Why: "')
        os.unlink(os.path.join(self.root, "one", "README.md"))
        self.assert_refused("there is no README.md")

    def test_what_is_not_understood_is_refused(self):
        for line, part in (
                ('groop = "quick"\n', "unknown key 'groop'"),
                ("[needs]\nrpm = []\n", "unknown key 'needs.rpm'"),
                ("debian = []\n", "unknown key 'debian'"),
                ("outputs = 3\n", "'outputs' should be of type list"),
                ("exit = true\n", "'exit' should be of type int"),
                ('outputs = ["@elsewhere@/a"]\n', "@elsewhere@"),
                ('inputs = ["@beside@"]\n', "no `beside`"),
                ('umask = "22"\n', "umask"),
                ('natively = "maybe"\n', "natively"),
                ('run_reason = "("\n', "no regular expression"),
                ('reason = "x"\n', "no reason"),
                ('[needs]\npip = ["numpy"]\n', "needs no packages"),
                ("group = \n", "Invalid value")):
            with self.subTest(line):
                self.write("case.toml", _CASE + line)
                self.assert_refused(part)

    def test_a_case_that_expects_nothing_is_refused(self):
        for content, part in ((_CASE.replace("verdict", "#"), "there is no 'verdict'"),
                              (_CASE.replace('"identical"', '"fine"'), "verdict is one of"),
                              (_CASE.replace('"identical"', '"diverged"'), "needs a reason"),
                              (_CASE.replace('["true"]', "[]"), "run is empty")):
            with self.subTest(part):
                self.write("case.toml", content)
                self.assert_refused(part)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    unittest.main()
