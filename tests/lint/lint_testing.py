"""Made-up source trees for the tests of scripts/check_*.py."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../scripts"))


class TreeTest(unittest.TestCase):
    """Checks trees that a test writes file by file."""

    check = None  # The check's function of the root.

    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.root = self._folder.name
        self.addCleanup(self._folder.cleanup)

    def write(self, path, content, executable=False):
        full = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        os.chmod(full, 0o755 if executable else 0o644)

    def findings(self):
        return type(self).check(self.root)

    def assert_clean(self):
        self.assertEqual(self.findings(), [])

    def assert_finds(self, *parts):
        """There is exactly one finding, and it contains all `parts`."""
        findings = self.findings()
        self.assertEqual(len(findings), 1, findings)
        for part in parts:
            self.assertIn(part, findings[0])
