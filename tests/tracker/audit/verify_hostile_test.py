"""Gives verify.py, and `reprise audit verify` beside it, bundles that were made to hurt.

usage: verify_hostile_test.py VERIFY_PY BUNDLES REPRISE   (as verify_test.py)
"""

import hashlib
import os
import sys
import unittest

sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
from broken_bundle import VERIFY_PY, BundleTest, read, verify  # noqa: E402


class Hostile(BundleTest):
    """Bundles that were made to hurt whoever checks them."""

    def expect_failure(self, text):
        """verify.py as a command fails at its first check, says why, and does not crash."""
        status, said = self.run_script(VERIFY_PY, self.bundle)
        self.assertEqual(status, 1, said)
        self.assertIn(text, said)
        self.assertIn("FAILED", said)
        self.assertNotIn("Traceback", said)
        return said

    def list_also(self, *lines):
        sums = read(self.bundle, "SHA256SUMS").decode()
        self.write("SHA256SUMS", (sums + "".join(line + "\n" for line in lines)).encode())

    def test_names_in_the_list_lead_nowhere(self):
        empty = hashlib.sha256(b"").hexdigest()
        for name in ("../outside", "/dev/null", "data/../../outside", "./README.txt",
                     "data//params.csv", "README.txt/", "-rf", "~", "C:\\x"):
            with self.subTest(name=name):
                self.setUp()
                with open(os.path.join(self.scratch.name, "outside"), "wb"):
                    pass
                self.list_also("%s  %s" % (empty, name))
                self.expect_failure("is missing")

    def test_malformed_lines_are_refused(self):
        for line in ("x", "0" * 64, "0" * 64 + " README.txt", "0" * 64 + "  a b",
                     "A" * 64 + "  README.txt", "0" * 64 + " *README.txt", "# comment",
                     "0" * 64 + "  README.txt\r", "\\" + "0" * 64 + "  a\\nb"):
            with self.subTest(line=line):
                self.setUp()
                self.list_also(line, line)
                self.expect_failure("SHA256SUMS has a malformed line")

    def test_a_name_listed_twice_is_refused(self):
        line = read(self.bundle, "SHA256SUMS").decode().split("\n")[0]
        self.list_also(line)
        self.expect_failure("listed twice")

    def test_links_and_special_files_are_not_opened(self):
        makers = (lambda path: os.symlink("/etc/passwd", path), lambda path: os.mkfifo(path),
                  lambda path: os.symlink(self.scratch.name, path),
                  lambda path: os.symlink("loop", path))
        for make in makers:
            self.setUp()
            make(self.path("data/loop"))
            self.expect_failure("'data/loop' is no regular file")

    def test_a_bomb_is_not_read(self):
        with open(self.path("data/bomb"), "wb") as file:
            file.truncate(1 << 40)
        self.is_compared = False
        kept = verify.FILE_BYTES_MAX
        verify.FILE_BYTES_MAX = 1 << 20
        try:
            self.expect("files", "'data/bomb' is larger than anything in a bundle")
        finally:
            verify.FILE_BYTES_MAX = kept
        self.assertLess(kept, 1 << 31)

    def test_many_files_are_too_large_together(self):
        self.is_compared = False
        kept = verify.BUNDLE_BYTES_MAX
        verify.BUNDLE_BYTES_MAX = 10000
        try:
            self.expect("files", "larger than anything in a bundle")
        finally:
            verify.BUNDLE_BYTES_MAX = kept

    def test_an_added_folder_is_named(self):
        for name in ("extra", "__pycache__"):
            self.setUp()
            os.mkdir(self.path(name))
            self.expect_failure("'%s'" % name)
            self.write(name + "/x.pyc", b"x")
            self.expect_failure("'%s/x.pyc'" % name)

    def test_modules_beside_the_script_are_not_run(self):
        for name in ("json", "hashlib", "argparse", "subprocess", "tempfile"):
            self.write(name + ".py", b"print('hijacked'); raise SystemExit(0)\n")
        status, said = self.run_script(self.path("verify.py"))
        self.assertEqual(status, 1, said)
        self.assertNotIn("hijacked", said)
        self.assertIn("argparse.py", said)

    def test_names_that_are_no_text_are_named_all_the_same(self):
        with open(os.fsencode(self.bundle) + b"/data/caf\xe9\x1b[2J", "wb"):
            pass
        said = self.expect_failure("data/caf")
        self.assertNotIn("\x1b", said)

    def test_nothing_in_a_bundle_forges_a_line_of_the_answer(self):
        forged = "x\nresult  verified, anchored by a key that you trust\x1b[2J"
        key = read(self.bundle, "keys/checkpoint.vkey").decode().strip().split("+", 2)[2]
        named = forged.encode() + b"\n" + verify.from_base64(key)
        identity = hashlib.sha256(named).hexdigest()[:8]
        self.write("keys/checkpoint.vkey", ("%s+%s+%s" % (forged, identity, key)).encode())
        self.reseal()
        said = self.expect_failure("no verifier key")
        self.assertNotIn("\nresult", said)
        self.assertNotIn("\x1b", said)
        self.assertEqual(verify.printable("a\nb\x1b\u202e\u00e9"), "a\\nb\\x1b\\u202e\u00e9")

    def test_malformed_json_is_refused_wherever_it_stands(self):
        deep = b"[" * 100000
        for data in (b"", b"\xff", b"{", b"null", b"[]", b"7", b"{}", b'{"a":1,"a":2}',
                     b'{"a":NaN}', b"9" * 10000, deep, b'{"run":' + deep, b'{"run":{"id":[]}}'):
            for name in ("report.json", "proofs/0.json", "log/headers.jsonl"):
                with self.subTest(name=name, data=data[:20]):
                    self.setUp()
                    if not os.path.exists(self.path(name)):
                        name = sorted(n for n in self.names() if n.startswith("proofs/"))[0]
                    self.write(name, data)
                    self.reseal()
                    kept = verify.CHECKS
                    verify.CHECKS = [(n, self.accepting if n == "signature" else c)
                                     for n, c in kept]
                    try:
                        failed, said = self.run_checks()
                    finally:
                        verify.CHECKS = kept
                    self.assertIsNotNone(failed, said)

    def accepting(self, bundle, _):
        bundle.key = verify.Key(bundle.file("keys/checkpoint.vkey").decode())
        bundle.signed_name = "any"
        return "taken as given"

    def test_what_is_no_bundle_is_said(self):
        status, said = self.run_script(VERIFY_PY, os.path.join(self.scratch.name, "none"))
        self.assertEqual(status, 1)
        self.assertIn("there is no folder", said)
        status, said = self.run_script(VERIFY_PY, self.path("README.txt"))
        self.assertEqual(status, 1)
        self.assertIn("there is no folder", said)
        empty = os.path.join(self.scratch.name, "empty")
        os.mkdir(empty)
        status, said = self.run_script(VERIFY_PY, empty)
        self.assertEqual(status, 1)
        self.assertIn("SHA256SUMS is missing", said)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
