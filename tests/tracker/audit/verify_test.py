"""Tries to get changed files of a bundle past verify.py, and past `reprise audit verify` beside it.

usage: verify_test.py VERIFY_PY BUNDLES REPRISE   (BUNDLES as make_bundles writes them)
"""

import hashlib
import json
import os
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

# pylint: disable=wrong-import-position
from broken_bundle import BUNDLES, VERIFY_PY, BundleTest, read, verify  # noqa: E402


class Untouched(BundleTest):
    def test_it_is_self_consistent_and_says_that_nothing_anchors_it(self):
        failed, said = self.run_checks()
        self.assertIsNone(failed, said)
        self.assertIn("self-consistent, unanchored", said)

    def test_it_holds_what_is_hard_to_read(self):
        """A step that no double holds and a cell longer than csv reads unasked: were they not in
        the bundle, its passing would show nothing about them."""
        run = json.loads(read(self.bundle, "report.json"))["run"]
        self.assertEqual(run["metrics"]["loss"]["last_step"], str(2 ** 63 - 1))
        self.assertGreater(len(run["params"]["long"]), 128 * 1024)

    def test_the_script_in_the_bundle_is_the_one_under_test_and_runs_by_itself(self):
        self.assertEqual(read(self.bundle, "verify.py"), read(VERIFY_PY))
        status, said = self.run_script(self.path("verify.py"), isolated=True)
        self.assertEqual(status, 0, said)
        self.assertIn("unanchored", said)

    def test_folders_with_odd_names_and_other_working_folders_make_no_difference(self):
        odd = os.path.join(self.scratch.name, "a b'\"$(c)\n-d")
        os.rename(self.bundle, odd)
        self.assertEqual(self.run_script(os.path.join(odd, "verify.py"))[0], 0)
        self.assertEqual(self.run_script(VERIFY_PY, odd)[0], 0)
        self.assertEqual(self.run_script("verify.py", folder=odd)[0], 0)
        os.symlink(odd, self.bundle)
        self.assertEqual(self.run_script(VERIFY_PY, self.bundle)[0], 0)

    def test_sha256sum_agrees(self):
        subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"],
                       cwd=self.bundle, check=True)

    def test_a_trusted_key_anchors_it(self):
        key = read(self.bundle, "keys/checkpoint.vkey").decode().strip()
        fingerprint = verify.Key(key).fingerprint()
        for trust in (key, fingerprint):
            failed, said = self.run_checks("--trust", trust)
            self.assertIsNone(failed)
            self.assertIn("anchored by a key that you trust", said)
        keys = os.path.join(self.scratch.name, "keys")
        with open(keys, "w", encoding="utf-8") as file:
            file.write("# ours\n\n%s\n" % key)
        self.assertIsNone(self.run_checks("--trusted-keys", keys)[0])

    def test_a_kept_checkpoint_anchors_a_later_bundle(self):
        failed, said = self.run_checks("--since", self.path("log/checkpoint"),
                                       bundle=os.path.join(BUNDLES, "later"))
        self.assertIsNone(failed, said)
        self.assertIn("anchored by the checkpoint that you kept", said)

    def test_proofs_only_must_be_accepted(self):
        bundle = os.path.join(BUNDLES, "proofs_only")
        failed, said = self.run_checks(bundle=bundle)
        self.assertEqual(failed, "ledger", said)
        self.assertIsNone(self.run_checks("--accept-proofs-only", bundle=bundle)[0])
        failed, said = self.run_checks("--accept-proofs-only", "--since",
                                       self.path("log/checkpoint"), bundle=bundle)
        self.assertEqual(failed, "anchor", said)

    def test_without_openssl_it_fails_and_says_so(self):
        self.is_compared = False
        path = os.environ["PATH"]
        os.environ["PATH"] = "/nonexistent"
        try:
            self.expect("signature", "cannot be checked")
        finally:
            os.environ["PATH"] = path


class FlippedBytes(BundleTest):
    def test_a_flipped_byte_anywhere_is_noticed_and_its_file_named(self):
        for name in self.names():
            original = read(self.bundle, name)
            size = len(original)
            places = {0, 1, size // 3, size // 2, size - 2, size - 1}
            for place in sorted(p for p in places if 0 <= p < size):
                for mask in (0x01, 0x80):
                    changed = bytearray(original)
                    changed[place] ^= mask
                    self.write(name, bytes(changed))
                    failed, said = self.run_checks()
                    self.assertIsNotNone(failed, "%s, byte %d" % (name, place))
                    if not name.startswith("SHA256SUMS"):
                        self.assertIn(name, said)
            self.write(name, original)
        self.assertIsNone(self.run_checks()[0])

    def test_every_byte_of_the_signed_parts_counts(self):
        for name in ("SHA256SUMS.sig", "log/checkpoint", "keys/checkpoint.vkey"):
            original = read(self.bundle, name)
            for place in range(0, len(original), 3):
                changed = bytearray(original)
                changed[place] ^= 0x04
                self.write(name, bytes(changed))
                self.assertIsNotNone(self.run_checks()[0], "%s, byte %d" % (name, place))
            self.write(name, original)


class SignedAnew(BundleTest):
    """Changes by whoever has the log's key: verify.py and the command judge them alike."""

    def setUp(self):
        super().setUp()
        self.run_id = json.loads(read(self.bundle, "report.json"))["run"]["id"]

    def judge(self):
        self.reseal()
        self.sign(self.bundle, self.run_id)
        return self.run_checks()

    def test_a_flipped_bit_of_every_file(self):
        passed = set()
        for number, name in enumerate(self.names()):
            original = read(self.bundle, name)
            if not original or name.startswith("SHA256SUMS") or name == "keys/checkpoint.vkey":
                continue  # The key that signs anew is known by these.
            for place in (number % len(original), len(original) // 2, len(original) - 1):
                changed = bytearray(original)
                changed[place] ^= 1 << (number + place) % 8
                self.write(name, bytes(changed))
                with self.subTest(name=name, place=place):
                    if self.judge()[0] is None:
                        passed.add(name)
            self.write(name, original)
        # docs/formats/bundle.md, "What it is worth": these rest on the signature alone, and of
        # report.json and of proofs some members do.
        self.assertLessEqual({name.split("/")[0] for name in passed}, {
            "README.txt", "verify.py", "bom.cdx.json", "openlineage", "prov", "report", "proofs",
            "report.json"})

    def test_every_file_renamed_or_left_out(self):
        for name in self.names():
            if name.startswith("SHA256SUMS") or name == "keys/checkpoint.vkey":
                continue
            for other in (name + "x", name.rpartition("/")[0] + "/a" if "/" in name else "a"):
                os.rename(self.path(name), self.path(other))
                with self.subTest(name=name, other=other):
                    self.judge()
                os.rename(self.path(other), self.path(name))
            content = read(self.bundle, name)
            os.remove(self.path(name))
            with self.subTest(name=name):
                self.judge()
            self.write(name, content)


class ChangedFiles(BundleTest):
    def test_a_removed_file_is_named(self):
        for name in self.names():
            original = read(self.bundle, name)
            os.remove(self.path(name))
            failed, said = self.run_checks()
            self.assertIsNotNone(failed, name)
            self.assertIn(name, said)
            self.write(name, original)

    def test_an_added_file_is_named(self):
        self.write("documents/extra.json", b"{}")
        self.expect("files", "documents/extra.json")

    def test_a_link_is_no_file_of_a_bundle(self):
        os.remove(self.path("README.txt"))
        os.symlink(VERIFY_PY, self.path("README.txt"))
        self.expect("files", "README.txt")

    def test_a_document_left_out_is_missed(self):
        for name in self.names():
            if not name.startswith("documents/"):
                continue
            original = read(self.bundle, name)
            os.remove(self.path(name))
            self.reseal()
            kept = verify.CHECKS
            verify.CHECKS = [(n, self.trusting if n == "signature" else c) for n, c in kept]
            failed, said = self.run_checks()
            verify.CHECKS = kept
            self.assertIn(failed, ("runs", "events", "lineage", "report"), name + said)
            self.write(name, original)

    def test_a_document_slipped_in_is_noticed(self):
        content = b'{"entries":[],"type":"reprise/tree/v1"}'
        self.write("documents/%s.json" % hashlib.sha256(content).hexdigest(), content)
        self.expect_without_signature("accounted", "nothing refers to")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
