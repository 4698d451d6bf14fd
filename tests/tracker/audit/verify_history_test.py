"""Tries to get a changed history past verify.py, and past `reprise audit verify` beside it: events
that are dropped, moved or made up, other keys, and what the auditor kept of the log.

usage: verify_history_test.py VERIFY_PY BUNDLES REPRISE   (BUNDLES as make_bundles writes them)
"""

import hashlib
import json
import os
import shutil
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

# pylint: disable=wrong-import-position
from broken_bundle import BUNDLES, BundleTest, read, verify  # noqa: E402


class ChangedHistory(BundleTest):
    """Events dropped, reordered, backdated or inserted, with SHA256SUMS made to fit."""

    def test_a_dropped_event_is_noticed(self):
        for place in range(len(self.headers())):
            with self.subTest(place=place):
                self.setUp()
                lines = self.headers()
                del lines[place]
                self.write_headers(lines)
                self.expect_without_signature("ledger", "")

    def test_reordered_events_are_noticed(self):
        lines = self.headers()
        lines[0], lines[1] = lines[1], lines[0]
        self.write_headers(lines)
        self.expect_without_signature("ledger", "reordered")

    def test_reordered_and_renumbered_events_are_noticed(self):
        lines = self.headers()
        first, second = json.loads(lines[3]), json.loads(lines[4])  # No other entry follows them.
        first["sequence"], second["sequence"] = 4, 3
        lines[3], lines[4] = (json.dumps(entry, sort_keys=True, separators=(",", ":")).encode()
                              for entry in (second, first))
        self.write_headers(lines)
        self.expect_without_signature("ledger", "signed root")

    def test_a_backdated_event_is_noticed(self):
        for place, line in enumerate(self.headers()):
            lines = self.headers()
            lines[place] = line.replace(b'"time":"2026', b'"time":"2025')
            self.assertNotEqual(lines[place], line)
            self.write_headers(lines)
            self.expect_without_signature("ledger", "backdated")
            self.write_headers(lines[:place] + [line] + lines[place + 1:])

    def test_an_inserted_event_is_noticed(self):
        lines = self.headers()
        entry = json.loads(lines[-1])
        entry.update(sequence=len(lines), previous=len(lines) - 1)
        lines.append(json.dumps(entry, sort_keys=True, separators=(",", ":")).encode())
        self.write_headers(lines)
        self.expect_without_signature("ledger", "inserted")

    def test_another_actor_is_noticed(self):
        lines = self.headers()
        lines[1] = lines[1].replace(b'"actor":"anna"', b'"actor":"otto"')
        self.write_headers(lines)
        self.expect_without_signature("ledger", "signed root")

    def test_a_record_that_is_not_the_one_in_the_ledger_is_noticed(self):
        for name in self.names():
            data = read(self.bundle, name)
            if name.startswith("documents/") and b'"type":"reprise/run/v1"' in data:
                os.remove(self.path(name))
                changed = data.replace(b'"exit_code":0', b'"exit_code":1')
                self.write("documents/%s.json" % hashlib.sha256(changed).hexdigest(), changed)
                break
        self.expect_without_signature("runs", "not the one in the ledger")

    def test_a_proof_of_another_entry_is_noticed(self):
        proofs = sorted(n for n in self.names() if n.startswith("proofs/"))
        first = read(self.bundle, proofs[0])
        self.write(proofs[0], read(self.bundle, proofs[1]))
        self.expect_without_signature("proofs", "proves another entry")
        changed = json.loads(first)
        changed["path"][0] = changed["path"][-1]
        self.write(proofs[0], json.dumps(changed).encode())
        self.expect_without_signature("proofs", "does not lead to the signed root")

    def test_a_shorter_log_than_the_kept_checkpoint_is_noticed(self):
        self.expect("anchor", "cut off", "--since", os.path.join(BUNDLES, "later/log/checkpoint"))


class Forgery(BundleTest):
    """A whole history by another key: only what the auditor brings along tells it apart."""

    def setUp(self):
        super().setUp()
        self.kept = os.path.join(self.scratch.name, "kept")
        shutil.copy(self.path("log/checkpoint"), self.kept)
        self.key = read(self.bundle, "keys/checkpoint.vkey").decode().strip()
        shutil.rmtree(self.bundle)
        shutil.copytree(os.path.join(BUNDLES, "forged"), self.bundle)

    def test_it_is_self_consistent(self):
        failed, said = self.run_checks()
        self.assertIsNone(failed)
        self.assertIn("unanchored", said)

    def test_a_trusted_key_tells(self):
        self.expect("anchor", "do not trust", "--trust", self.key)

    def test_a_kept_checkpoint_tells(self):
        self.expect("anchor", "not signed by key", "--since", self.kept)

    def test_the_true_key_beside_the_forged_log_tells(self):
        self.write("keys/checkpoint.vkey", self.key.encode() + b"\n")
        self.reseal()
        self.assertEqual(self.run_checks()[0], "signature")


class Rewritten(BundleTest):
    """Another history by the same log and key: only what the auditor kept tells it apart."""

    def setUp(self):
        super().setUp()
        self.kept = self.path("log/checkpoint")
        self.key = read(self.bundle, "keys/checkpoint.vkey").decode().strip()

    def test_the_history_as_it_was_extends_what_was_kept(self):
        failed, said = self.run_checks("--since", self.kept, "--trust", self.key,
                                       bundle=os.path.join(BUNDLES, "rewritten_nothing"))
        self.assertIsNone(failed, said)

    def test_a_rewritten_history_is_noticed(self):
        for what in ("actor", "time", "order", "dropped", "inserted"):
            with self.subTest(what=what):
                bundle = os.path.join(BUNDLES, "rewritten_" + what)
                # Whoever has the key can make it agree with itself ...
                failed, said = self.run_checks("--trust", self.key, bundle=bundle)
                self.assertIsNone(failed, said)
                # ... but not with the past.
                failed, said = self.run_checks("--since", self.kept, bundle=bundle)
                self.assertEqual(failed, "anchor", said)
                self.assertIn("the log was rewritten", said)

    def test_what_was_brought_along_must_be_there_and_fit(self):
        missing = os.path.join(self.scratch.name, "missing")
        self.expect("anchor", "cannot be read", "--since", missing)
        self.expect("anchor", "cannot be read", "--trusted-keys", missing)
        self.expect("anchor", "holds none", "--trusted-keys", os.devnull)
        self.expect("anchor", "no signed note", "--since", os.devnull)
        self.expect("anchor", "do not trust", "--trust", "")
        self.expect("anchor", "do not trust", "--trust", self.key[:-1])


class Coverage(BundleTest):
    """A kept checkpoint anchors what it covers, and nothing that was logged after it."""

    def setUp(self):
        super().setUp()
        self.key = read(self.bundle, "keys/checkpoint.vkey").decode().strip()
        events = json.loads(read(self.bundle, "report.json"))["events"]
        identity = json.loads(read(self.bundle, "report.json"))["run"]["id"]
        self.sequences = [event["sequence"] for event in events]
        self.own = next(event["sequence"] for event in events
                        if event["kind"] == "run" and event["subject"] == identity)

    def conclude(self, size, *arguments):
        """The result with a checkpoint that was kept when the log had `size` entries."""
        failed, said = self.run_checks("--since", os.path.join(BUNDLES, "checkpoints", str(size)),
                                       *arguments)
        self.assertIsNone(failed, said)
        return said.split("\n")[-1]

    def test_a_run_newer_than_the_checkpoint_is_not_anchored_by_it(self):
        self.assertGreater(self.own, 0)
        for size in range(1, self.own + 1):
            result = self.conclude(size)
            self.assertIn("self-consistent, unanchored", result)
            self.assertIn("the run was recorded after the checkpoint that you kept, of %d" % size,
                          result)
            self.assertNotIn("verified", result)

    def test_it_may_be_anchored_by_the_key_only(self):
        result = self.conclude(self.own, "--trust", self.key)
        self.assertIn("anchored by a key that you trust; the run was recorded after", result)

    def test_events_after_the_checkpoint_are_counted(self):
        for size in range(self.own + 1, max(self.sequences) + 1):
            result = self.conclude(size)
            self.assertIn("anchored by the checkpoint that you kept, of %d entries;" % size, result)
            later = sum(sequence >= size for sequence in self.sequences)
            self.assertIn(" %d came after that checkpoint" % later, result)
        self.assertIn("came after that checkpoint, which does not anchor them: verdict (1)", result)

    def test_a_checkpoint_of_everything_leaves_nothing_to_say(self):
        result = self.conclude(max(self.sequences) + 1)
        self.assertTrue(result.endswith("of %d entries" % (max(self.sequences) + 1)), result)

    def test_a_checkpoint_of_the_empty_log_proves_nothing(self):
        self.expect("anchor", "proves nothing", "--since", os.path.join(BUNDLES, "checkpoints/0"))


class Since(BundleTest):
    """A bundle that begins from a checkpoint shows that the log continues it."""

    KEPT = os.path.join(BUNDLES, "checkpoints/5")

    def setUp(self):
        super().setUp()
        shutil.rmtree(self.bundle)
        shutil.copytree(os.path.join(BUNDLES, "since"), self.bundle)

    def test_it_passes_and_shows_what_came_after(self):
        failed, said = self.run_checks("--since", self.KEPT)
        self.assertIsNone(failed, said)
        self.assertRegex(said, "the log of [0-9]+ entries continues that of 5")
        report = json.loads(read(self.bundle, "report.json"))
        self.assertEqual(report["since"]["changes"],
                         [e["sequence"] for e in report["events"] if e["sequence"] >= 5])
        self.assertIn(b"Changes since", read(self.bundle, "report/report.html"))

    def test_with_proofs_only_the_kept_checkpoint_is_checked_by_the_proof(self):
        bundle = os.path.join(BUNDLES, "since_proofs_only")
        failed, said = self.run_checks("--accept-proofs-only", "--since", self.KEPT, bundle=bundle)
        self.assertIsNone(failed, said)
        self.assertIn("anchored by the checkpoint that you kept, of 5 entries", said)
        other = os.path.join(BUNDLES, "checkpoints/4")
        failed, said = self.run_checks("--accept-proofs-only", "--since", other, bundle=bundle)
        self.assertEqual(failed, "anchor")
        self.assertIn("ask for a bundle that begins from it", said)

    def test_another_proof_or_checkpoint_is_noticed(self):
        name = "log/since/consistency"
        lines = read(self.bundle, name).split(b"\n")
        for changed in ([b"old 6"] + lines[1:], lines[:1] + lines[2:], lines[:2] + lines[1:]):
            self.write(name, b"\n".join(changed))
            self.expect_without_signature("since", "consistency")
        self.setUp()
        self.write("log/since/checkpoint", read(BUNDLES, "checkpoints/6"))
        self.expect_without_signature("since", "log/since/consistency")
        self.write("log/since/checkpoint", read(BUNDLES, "checkpoints/0"))
        self.expect_without_signature("since", "of the empty log")
        self.write("log/since/checkpoint", read(BUNDLES, "forged/log/checkpoint"))
        self.expect_without_signature("since", "not signed by key")

    def test_a_part_of_it_left_out_is_noticed(self):
        for name in ("log/since/checkpoint", "log/since/consistency"):
            self.setUp()
            os.remove(self.path(name))
            self.expect_without_signature("since", name + " is missing")

    def test_a_change_left_out_of_the_report_is_noticed(self):
        report = json.loads(read(self.bundle, "report.json"))
        report["since"]["changes"].pop()
        self.write("report.json", json.dumps(report).encode())
        self.expect_without_signature("report", "'since'")


class MerkleTree(unittest.TestCase):
    """The values of RFC 6962 trees that transparency logs publish (certificate-transparency)."""

    LEAVES = [bytes.fromhex(h) for h in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f")]
    ROOTS = ["6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
             "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
             "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
             "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
             "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
             "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
             "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
             "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"]

    def test_roots(self):
        hashes = [verify.leaf_hash(leaf) for leaf in self.LEAVES]
        for size, root in enumerate(self.ROOTS, 1):
            self.assertEqual(verify.root_of(hashes[:size]).hex(), root)
        self.assertEqual(verify.root_of([]).hex(), hashlib.sha256(b"").hexdigest())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
