"""Tries to get changed cosignatures, changes of the key and time stamps past verify.py.

usage: verify_seals_test.py VERIFY_PY BUNDLES REPRISE   (BUNDLES as make_bundles writes them)
"""

import json
import os
import shutil
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support"))

# pylint: disable=wrong-import-position
import timestamp_authority  # noqa: E402
from broken_bundle import BUNDLES, BundleTest, read, verify  # noqa: E402


def key(name):
    return read(BUNDLES, "sealed_keys", name).decode().strip()


class SealedTest(BundleTest):
    origin = "sealed"

    def setUp(self):
        super().setUp()
        self.seal = "log/seals/%s/" % os.listdir(self.path("log/seals"))[0]

    def flip(self, name, place):
        data = bytearray(read(self.bundle, name))
        data[place] ^= 1
        self.write(name, bytes(data))

    def edit(self, name, change):
        self.write(name, change(read(self.bundle, name).decode()).encode())

    def edit_report(self, change):
        report = json.loads(read(self.bundle, "report.json"))
        change(report["ledger"])
        self.write("report.json", json.dumps(report).encode())


class Untouched(SealedTest):
    def test_it_passes_and_says_who_confirmed_what(self):
        failed, said = self.run_checks()
        self.assertIsNone(failed, said)
        self.assertIn("1 checkpoints confirmed by others, 1 changes of the key", said)
        self.assertIn("were cosigned by witness.example/w1 at", said)
        self.assertIn("unanchored", said)

    def test_each_key_of_the_chain_anchors_it(self):
        said = self.run_checks("--trust", key("second"))[1]
        self.assertIn("anchored by a key that you trust", said)
        said = self.run_checks("--trust", key("first"))[1]
        self.assertIn("a key that you trust, from which changes of the key lead", said)

    def test_a_witness_that_is_trusted_anchors_it(self):
        failed, said = self.run_checks("--witness", key("witness"))
        self.assertIsNone(failed, said)
        self.assertIn("anchored by a checkpoint cosigned by 1 of the witnesses", said)

    def test_the_quorum_must_be_there(self):
        other = verify.Key(key("witness"), verify.WITNESS)
        raw = bytes(reversed(other.raw))
        identity = verify.sha256(b"w2\n\x04" + raw)[:4].hex()
        unknown = "w2+%s+%s" % (identity, verify.base64.b64encode(b"\x04" + raw).decode())
        both = ("--witness", key("witness"), "--witness", unknown)
        self.expect("anchor", "no checkpoint is cosigned by 2", *both)
        self.assertIsNone(self.run_checks(*both, "--quorum", "1")[0])
        self.expect("anchor", "is not between", *both, "--quorum", "3")
        self.expect("anchor", "no Ed25519 key of a witness",
                    "--witness", key("first"))
        # The same key twice is one witness.
        self.expect("anchor", "is not between", "--witness", key("witness"), "--witness",
                    key("witness"), "--quorum", "2")

    def test_proofs_alone_carry_it_too(self):
        shutil.rmtree(self.bundle)
        shutil.copytree(os.path.join(BUNDLES, "sealed_proofs_only"), self.bundle)
        failed, said = self.run_checks("--accept-proofs-only", "--witness", key("witness"))
        self.assertIsNone(failed, said)
        entry = json.loads(read(self.bundle, "keys/changes.jsonl"))["entry"]
        os.remove(self.path("proofs/%d.json" % entry))
        self.expect_without_signature("seals", "is not here", "--accept-proofs-only")


class Changed(SealedTest):
    def test_every_byte_of_a_seal_counts(self):
        for name in ("checkpoint", "cosigned", "consistency"):
            data = read(self.bundle, self.seal + name)
            for place in range(0, len(data), max(1, len(data) // 20)):
                with self.subTest(name=name, place=place):
                    self.flip(self.seal + name, place)
                    self.reseal()
                    kept = verify.CHECKS
                    verify.CHECKS = [(n, self.trusting if n == "signature" else c)
                                     for n, c in kept]
                    try:
                        failed, said = self.run_checks("--witness", key("witness"))
                    finally:
                        verify.CHECKS = kept
                    self.assertIn(failed, ("seals", "report", "anchor"), said)
                    self.write(self.seal + name, data)

    def test_every_part_of_a_change_of_the_key_counts(self):
        data = read(self.bundle, "keys/changes.jsonl")
        for place in range(0, len(data), len(data) // 40):
            with self.subTest(place=place):
                self.flip("keys/changes.jsonl", place)
                self.reseal()
                kept = verify.CHECKS
                verify.CHECKS = [(n, self.trusting if n == "signature" else c) for n, c in kept]
                try:
                    failed, said = self.run_checks()
                finally:
                    verify.CHECKS = kept
                self.assertIn(failed, ("checkpoint", "seals"), said)
                self.write("keys/changes.jsonl", data)

    def test_a_change_of_the_key_left_out_is_noticed(self):
        os.remove(self.path("keys/changes.jsonl"))
        self.expect_without_signature("seals", "changes the log's key, and keys/changes.jsonl does")

    def test_a_change_left_out_with_the_seals_is_noticed_by_its_entry(self):
        for name in ("keys/changes.jsonl", "keys/witnesses"):
            os.remove(self.path(name))
        shutil.rmtree(self.path("log/seals"))
        self.expect_without_signature("seals", "changes the log's key, and keys/changes.jsonl does")

    def test_a_change_moved_to_another_entry_is_noticed(self):
        self.edit("keys/changes.jsonl", lambda text: text.replace('"entry":', '"entry":1'))
        self.expect_without_signature("checkpoint", "not signed by key")

    def test_a_seal_of_another_log_is_noticed(self):
        other = read(BUNDLES, "bundle", "log", "checkpoint")
        self.write(self.seal + "checkpoint", other)
        self.expect_without_signature("seals", "")

    def test_a_seal_under_another_size_is_noticed(self):
        os.rename(self.path(self.seal[:-1]), self.path("log/seals/2"))
        self.expect_without_signature("seals", "is of")

    def test_added_files_are_noticed(self):
        self.write(self.seal + "more", b"x")
        self.expect_without_signature("seals", "other files")

    def test_a_cosignature_left_out_of_the_report_is_noticed(self):
        self.edit_report(lambda ledger: ledger["seals"][0]["cosignatures"].clear())
        self.expect_without_signature("report", "'ledger'")

    def test_another_reason_for_a_change_in_the_report_is_noticed(self):
        self.edit_report(lambda ledger: ledger["key_changes"][0].update(reason="another"))
        self.expect_without_signature("report", "'ledger'")


class Many(unittest.TestCase):
    def test_the_roots_for_all_seals_cost_one_pass_over_the_log(self):
        leaves = [verify.leaf_hash(b"%d" % number) for number in range(1000)]
        sizes = range(len(leaves) + 1)
        expected = {size: verify.root_of(leaves[:size]) for size in sizes}
        kept, calls = verify.node_hash, []
        verify.node_hash = lambda left, right: calls.append(1) or kept(left, right)
        try:
            self.assertEqual(verify.roots_of(leaves, sizes), expected)
        finally:
            verify.node_hash = kept
        self.assertLess(len(calls), 12 * len(leaves))
        # A seal may say that it is of more than the log has.
        self.assertEqual(set(verify.roots_of(leaves, [7, 2000])), {7})


class Stamped(SealedTest):
    def setUp(self):
        super().setUp()
        self.authority = os.path.join(self.scratch.name, "tsa")
        timestamp_authority.make(self.authority)
        request = os.path.join(self.scratch.name, "request")
        timestamp_authority.openssl(self.authority, "ts", "-query", "-data",
                                    self.path(self.seal + "checkpoint"), "-sha256", "-cert", "-out",
                                    request)
        timestamp_authority.reply(self.authority, request, self.path(self.seal + "1.tsr"))
        shutil.copy(os.path.join(self.authority, "root.pem"),
                    self.path("keys/timestamp-authorities.pem"))
        self.edit_report(lambda ledger: ledger["seals"][0].update(timestamps=1))

    def expect_to_pass(self, text, *arguments):
        self.reseal()
        kept = verify.CHECKS
        verify.CHECKS = [(n, self.trusting if n == "signature" else c) for n, c in kept]
        try:
            failed, said = self.run_checks(*arguments)
        finally:
            verify.CHECKS = kept
        self.assertIsNone(failed, said)
        self.assertIn(text, said)

    def test_it_passes_and_says_when(self):
        self.expect_to_pass("a time stamp by certificates of this bundle")

    def test_an_authority_that_is_trusted_is_named_as_such(self):
        root = os.path.join(self.authority, "root.pem")
        self.expect_to_pass("by an authority that you trust", "--tsa-ca", root)
        other = os.path.join(self.authority, "other.pem")
        self.expect_without_signature("anchor", "no time stamp in the bundle leads", "--tsa-ca",
                                      other)

    def test_every_part_of_a_stamp_counts(self):
        data = read(self.bundle, self.seal + "1.tsr")
        for place in range(0, len(data), len(data) // 25):
            with self.subTest(place=place):
                self.flip(self.seal + "1.tsr", place)
                self.expect_without_signature("seals", "a time stamp of")
                self.write(self.seal + "1.tsr", data)

    def test_a_stamp_of_something_else_is_noticed(self):
        request = os.path.join(self.scratch.name, "request")
        timestamp_authority.openssl(self.authority, "ts", "-query", "-sha256", "-cert", "-data",
                                    self.path("log/checkpoint"), "-out", request)
        timestamp_authority.reply(self.authority, request, self.path(self.seal + "1.tsr"))
        self.expect_without_signature("seals", "does not hold")

    def test_the_text_of_its_status_tells_no_time(self):
        """Nobody signed the status, which anyone may write what they like into."""
        def der(tag, content):
            size = len(content)
            length = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")
            return bytes([tag]) + length + content

        def content_at(data, place):
            """Where the content of an element begins and ends."""
            size, begin = data[place + 1], place + 2
            if size > 128:
                begin += size - 128
                size = int.from_bytes(data[place + 2:begin], "big")
            return begin, begin + size

        data = read(self.bundle, self.seal + "1.tsr")
        self.reseal()
        kept = verify.CHECKS
        verify.CHECKS = [(n, self.trusting if n == "signature" else c) for n, c in kept]
        try:
            failed, told = self.run_checks()
            self.assertIsNone(failed, told)
            status_begin = content_at(data, 0)[0]
            number_begin, token_begin = content_at(data, status_begin)
            for text in ("\nTime stamp: Jan  1 00:00:00 2020 GMT\n",
                         "x\r\nTime stamp: Jan  1 00:00:00 2020 GMT\r\nSerial number: 0x01\n"):
                free_text = der(0x30, der(0x0C, text.encode()))
                status = der(0x30, data[number_begin:number_begin + 3] + free_text)
                self.write(self.seal + "1.tsr", der(0x30, status + data[token_begin:]))
                self.reseal()
                failed, said = self.run_checks()
                self.assertIsNone(failed, said)
                self.assertNotIn("2020", said)
                self.assertEqual([line for line in said.split("\n") if "time stamp" in line],
                                 [line for line in told.split("\n") if "time stamp" in line])
        finally:
            verify.CHECKS = kept

    def test_without_a_certificate_it_fails_and_says_so(self):
        os.remove(self.path("keys/timestamp-authorities.pem"))
        self.expect_without_signature("seals", "no certificate")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
