"""Tries to get a changed bundle past verify.py, and past `reprise audit verify` beside it.

usage: verify_test.py VERIFY_PY BUNDLES REPRISE   (BUNDLES as make_bundles writes them)

Whatever a test gives to verify.py is given to the command too, which must come to the same: the
same check fails, or all pass with the same words.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

VERIFY_PY, BUNDLES, REPRISE = map(os.path.abspath, sys.argv[1:4])

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

# pylint: disable=wrong-import-position
from compared_with_command import ComparedWithCommand, read  # noqa: E402

SPEC = importlib.util.spec_from_file_location("verify", VERIFY_PY)
verify = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(verify)


class BundleTest(ComparedWithCommand, unittest.TestCase):
    verify, bundles, reprise = verify, BUNDLES, REPRISE

    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.addCleanup(self.scratch.cleanup)
        self.bundle = os.path.join(self.scratch.name, "bundle")
        shutil.copytree(os.path.join(BUNDLES, self.origin), self.bundle)

    def path(self, name):
        return os.path.join(self.bundle, *name.split("/"))

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)

    def names(self):
        return sorted(os.path.relpath(os.path.join(folder, name), self.bundle)
                      for folder, _, names in os.walk(self.bundle) for name in names)

    def run_checks(self, *arguments, bundle=None):
        """The name of the check that failed, and what was said."""
        lines = []
        options = verify.parse_options([bundle or self.bundle, *arguments])
        failed = verify.verify(options.bundle, options, lines.append)
        self.compare_with_command(failed, lines, bundle or self.bundle, arguments)
        return failed, "\n".join(lines)

    def run_script(self, script, *arguments, isolated=False, folder=None):
        """Exit status and output of verify.py as a command."""
        options = ["-B", "-I", "-S"] if isolated else ["-B"]
        result = subprocess.run([sys.executable, *options, script, *arguments], cwd=folder,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                errors="surrogateescape", check=False)
        return result.returncode, result.stdout

    def expect(self, name, text, *arguments):
        failed, said = self.run_checks(*arguments)
        self.assertEqual(failed, name, said)
        self.assertIn(text, said)

    def reseal(self):
        """Makes SHA256SUMS fit again, as somebody would who has no key, and skips its signature."""
        sums = "".join("%s  %s\n" % (hashlib.sha256(read(self.bundle, name)).hexdigest(), name)
                       for name in self.names() if not name.startswith("SHA256SUMS"))
        self.write("SHA256SUMS", sums.encode())

    def expect_without_signature(self, name, text, *arguments):
        """As expect(), for a forger who got SHA256SUMS signed: only what lies deeper may notice."""
        self.reseal()
        self.expect("signature", "not the one that was signed")
        kept = verify.CHECKS
        verify.CHECKS = [(n, self.trusting if n == "signature" else c) for n, c in kept]
        try:
            self.expect(name, text, *arguments)
        finally:
            verify.CHECKS = kept

    @staticmethod
    def trusting(bundle, _):
        bundle.key = verify.Key(bundle.file("keys/checkpoint.vkey").decode())
        subject = verify.parse_json(bundle.file("report.json"), "report.json")["subject"]
        bundle.signed_name = ("" if subject["kind"] == "run" else subject["kind"] + " ") + (
            subject["name"])
        return "taken as given"

    def headers(self):
        return read(self.bundle, "log/headers.jsonl").split(b"\n")[:-1]

    def write_headers(self, lines):
        self.write("log/headers.jsonl", b"".join(line + b"\n" for line in lines))


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


class ChangedReport(BundleTest):
    """A report that says something else than the documents, with SHA256SUMS made to fit."""

    def change_report(self, change):
        report = json.loads(read(self.bundle, "report.json"))
        change(report)
        self.write("report.json", json.dumps(report).encode())

    def test_each_changed_value_is_noticed(self):
        run = json.loads(read(self.bundle, "report.json"))["run"]
        for key in ("name", "experiment", "status", "exit_code", "started_at", "ended_at", "actor",
                    "params", "tags", "notes", "metrics", "inputs", "outputs", "code", "command",
                    "environment", "recipe", "document", "host", "capture", "warnings", "redacted",
                    "working_directory", "ledger_sequence"):
            with self.subTest(key=key):
                self.setUp()
                self.assertIn(key, run)
                self.change_report(
                    lambda report: report["run"].update({key: [] if run[key] else 1}))
                self.expect_without_signature("report", "")

    def test_a_better_metric_is_noticed(self):
        self.change_report(lambda r: r["run"]["metrics"]["auc"].update(last=0.99))
        self.expect_without_signature("report", "0.99")

    def test_each_changed_claim_about_the_log_is_noticed(self):
        for change in (lambda r: r["verdicts"][0].update(actor="otto"),
                       lambda r: r["verdicts"][0].update(time="2025-01-01T00:00:00.000Z"),
                       lambda r: r["verdicts"][0].update(document=r["events"][0]["payload"]),
                       lambda r: r["run"]["notes"][1].update(actor="otto"),
                       lambda r: r["run"]["notes"][0].update(time="2025-01-01T00:00:00.000Z"),
                       lambda r: r["ledger"].update(listed="proofs_only"),
                       lambda r: r["ledger"].update(audited_by="otto"),
                       lambda r: r["run"].update(certified=True),
                       lambda r: r.update(store="0" * 26),
                       lambda r: r.update(certified=True)):
            self.setUp()
            self.change_report(change)
            self.expect_without_signature("report", "report.json")

    def test_another_verdict_is_noticed(self):
        self.change_report(lambda r: r["verdicts"][0]["verdict"].update(result="diverged"))
        self.expect_without_signature("report", "verdicts")

    def test_an_event_left_out_of_the_report_is_noticed(self):
        self.change_report(lambda r: r["events"].pop())
        self.expect_without_signature("report", "events")

    def test_a_run_left_out_of_the_report_is_noticed(self):
        self.change_report(lambda r: r["upstream"].clear())
        self.expect_without_signature("report", "other runs")

    def test_an_invented_edge_is_noticed(self):
        def invent(report):
            edges = report["lineage"]["edges"]
            edges.append(dict(edges[0], path="elsewhere.csv"))
        self.change_report(invent)
        self.expect_without_signature("lineage", "does not follow")

    def leave_out(self, edge, *nodes):
        """Takes an edge out of the report, and `nodes` with all of their edges."""
        def change(report):
            lineage = report["lineage"]
            lineage["edges"] = [e for e in lineage["edges"]
                                if e != edge and e["from"] not in nodes and e["to"] not in nodes]
            lineage["nodes"] = [n for n in lineage["nodes"] if n["id"] not in nodes]
        self.change_report(change)

    def test_an_edge_left_out_is_noticed(self):
        lineage = json.loads(read(self.bundle, "report.json"))["lineage"]
        self.assertEqual({edge["kind"] for edge in lineage["edges"]},
                         {"used", "produced", "reproduces", "derived_from"})
        for edge in lineage["edges"]:
            self.setUp()
            self.leave_out(edge)
            self.expect_without_signature("lineage", "left out")

    def test_a_node_left_out_with_its_edges_is_noticed(self):
        for node in json.loads(read(self.bundle, "report.json"))["lineage"]["nodes"]:
            self.setUp()
            self.leave_out(None, node["id"])
            self.expect_without_signature("lineage", "")

    def test_a_node_that_nothing_joins_to_the_run_is_noticed(self):
        for node, text in (("sha256:" + "0" * 64, "no edges join"), ("0" * 26, "no such run")):
            self.setUp()
            self.change_report(lambda r, node=node: r["lineage"]["nodes"].append(
                {"id": node, "kind": "artifact", "label": "", "detail": ""}))
            self.expect_without_signature("lineage", text)

    def test_an_upstream_run_called_a_rerun_is_noticed(self):
        self.change_report(lambda r: r["reruns"].append(r["upstream"].pop()))
        self.expect_without_signature("lineage", "is no rerun")

    def test_a_rerun_left_out_wholly_is_noticed_by_its_verdict(self):
        report = json.loads(read(self.bundle, "report.json"))
        rerun = report["reruns"][0]
        self.leave_out(None, rerun["id"])
        self.change_report(lambda r: r["reruns"].clear())
        os.remove(self.path("documents/%s.json" % rerun["document"].split(":")[1]))
        self.expect_without_signature("lineage", "a verdict names as a rerun")

    def test_a_changed_cell_is_noticed(self):
        for table in ("params", "metrics", "inputs", "outputs", "events"):
            with self.subTest(table=table):
                self.setUp()
                name = "data/%s.csv" % table
                lines = read(self.bundle, name).split(b"\r\n")
                lines[1] = lines[1].replace(b",", b",9", 1)
                self.write(name, b"\r\n".join(lines))
                self.expect_without_signature("tables", name)

    def test_a_changed_point_is_noticed(self):
        name = "data/series.csv"
        lines = read(self.bundle, name).split(b"\r\n")
        self.write(name, b"\r\n".join([lines[0], lines[2], lines[1]] + lines[3:]))
        self.expect_without_signature("series", "not those that the run recorded")


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
