"""Tries to get forged approvals, keys, policies and histories of models past verify.py, and past
`reprise audit verify` beside it ($REPRISE is the executable), which must come to the same.

usage: verify_models_test.py FOLDER   as tests/cli/audit_models_test.sh makes it:

  FOLDER/bundle   of the whole model "scorecard": version 1 was promoted twice, the second time in
                  an emergency; carl's rejection is void, for his key was revoked afterwards
  FOLDER/older    the same before the second promotion
  FOLDER/log.key  the private key of their log
  FOLDER/people/  private keys: ada.key, bob.key, carl.key
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import unittest
import zipfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

# pylint: disable=wrong-import-position
from bundle_forger import Forger, PersonalKey, canonical  # noqa: E402

FOLDER = os.path.abspath(sys.argv[1])


def remembering(function):
    """The same function, which is asked once for the same arguments."""
    known = {}

    def ask(arguments, **files):
        key = (tuple(arguments), tuple(sorted(files.items())))
        if key not in known:
            known[key] = function(arguments, **files)
        return known[key]
    return ask


BUNDLE = os.path.join(FOLDER, "bundle")
SPEC = importlib.util.spec_from_file_location("verify", os.path.join(BUNDLE, "verify.py"))
verify = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(verify)

# Most signatures are the same in each forged bundle, and openssl is slow to start.
verify.openssl = remembering(verify.openssl)

# What only SHA256SUMS covers (docs/formats/bundle.md).
NOT_COMPARED = ("README.txt", "verify.py", "report/", "prov/", "openlineage/", "bom.cdx.json")
V1, V2 = "scorecard@1", "scorecard@2"


class ForgedBundle(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = scratch.name
        self.start_over()

    def start_over(self, bundle=BUNDLE):
        self.forger = Forger(verify, bundle, os.path.join(FOLDER, "log.key"))
        self.files, self.entries = self.forger.files, self.forger.entries

    def check(self, *arguments):
        """The name of the check that the forged bundle fails, and what was said."""
        lines = []
        options = verify.parse_options([BUNDLE, *arguments])
        with self.forger.in_place():
            failed = verify.verify(BUNDLE, options, lines.append)
        self.compare_with_command(failed, lines, arguments)
        return failed, "\n".join(lines)

    def compare_with_command(self, failed, lines, arguments):
        """`reprise audit verify` comes to the same as verify.py, which said `lines`."""
        archive = os.path.join(self.scratch, "forged.zip")
        with zipfile.ZipFile(archive, "w") as file:
            for name, content in self.files.items():
                file.writestr(name, content)
        result = subprocess.run([os.environ["REPRISE"], "audit", "verify", archive, *arguments],
                                capture_output=True, text=True, check=False)
        said = result.stdout + result.stderr
        if failed is None:
            self.assertEqual(result.stdout.split("\n")[:-1], lines, said)
        else:
            self.assertEqual(result.stdout.split("\n")[-2].split()[:2], ["FAILED", failed],
                             "verify.py: %s; %s" % (lines[-1], said))

    def expect(self, name, text, *arguments):
        failed, said = self.check(*arguments)
        self.assertEqual(failed, name, said)
        self.assertIn(text, said)
        return said

    def expect_in_files(self, name, text, *arguments):
        """As expect(), where only files were changed, and their list is signed again."""
        self.forger.sign_files()
        return self.expect(name, text, *arguments)

    def expect_in_log(self, name, text, *arguments):
        """Likewise, where the log was written anew, too."""
        self.forger.sign_log()
        return self.expect_in_files(name, text, *arguments)

    def key(self, name):
        return PersonalKey(os.path.join(FOLDER, "people", name + ".key"))

    def new_key(self):
        return PersonalKey.new(os.path.join(self.scratch, "mallory.key"))

    def add_statement(self, key, change=lambda s: None, subject=V1, like=0):
        """Records a statement like another of scorecard@1, changed and signed by `key`."""
        statement = self.forger.envelope(self.forger.entry("statement", number=like))
        change(statement)
        digest = self.forger.put(key.sign(statement), "attest/", ".dsse.json")
        return self.forger.append("statement", subject, digest)

    def add_promotion(self, statements, like=0, **members):
        """Records a promotion like another of scorecard@1 that rests on these entries."""
        document = dict(self.forger.document(self.forger.entry("promotion", number=like)))
        document.update(statements=sorted(e["payload"] for e in statements), **members)
        digest = self.forger.put(canonical(document))
        return self.forger.append("promotion", "%(name)s@%(version)d" % document, digest)

    def drop(self, entry):
        self.entries.remove(entry)
        for folder, end in (("documents/", ".json"), ("attest/", ".dsse.json")):
            self.files.pop(folder + entry["payload"][7:] + end, None)


class TheForger(ForgedBundle):
    def test_makes_bundles_that_pass_where_nothing_was_changed(self):
        self.forger.sign_log()
        self.forger.tell()
        failed, said = self.check()
        self.forger.sign_files()
        failed, said = self.check("--since", os.path.join(BUNDLE, "log", "checkpoint"))
        self.assertIsNone(failed, said)
        self.assertIn("2 moves resting on 3 signatures", said)


class FlippedBits(ForgedBundle):
    def test_a_flipped_bit_of_any_file_is_noticed_and_the_file_named(self):
        for name, data in sorted(self.files.items()):
            changed = bytearray(data)
            changed[len(data) // 2] ^= 1
            self.files[name] = bytes(changed)
            failed, said = self.check()
            self.assertIsNotNone(failed, name)
            if not name.startswith("SHA256SUMS"):
                self.assertIn(name, said)
            self.files[name] = data

    def test_with_the_list_signed_again_too_but_for_what_nothing_is_compared_with(self):
        for name, data in sorted(self.files.items()):
            if name.startswith("SHA256SUMS") or not data:
                continue
            changed = bytearray(data)
            changed[len(data) // 2] ^= 1
            self.files[name] = bytes(changed)
            self.forger.sign_files()
            failed, said = self.check()
            self.assertEqual(failed is None, name.startswith(NOT_COMPARED), name + "\n" + said)
            self.files[name] = data


class RewrittenHistory(ForgedBundle):
    """The log was written anew with its own key: what the auditor kept tells it apart."""

    KEPT = os.path.join(BUNDLE, "log", "checkpoint")

    def changes(self, number):
        """What may be done to an entry, by name; each begins with an untouched bundle."""
        def drop():
            self.drop(self.entries[number])

        def swap():
            other = (number + 1) % len(self.entries)
            entries = self.entries
            entries[number], entries[other] = entries[other], entries[number]

        def insert():
            self.entries.insert(number, dict(self.entries[number], actor="mallory"))

        def backdate():
            self.entries[number]["time"] = "2020" + self.entries[number]["time"][4:]

        def replace():
            self.entries[number]["payload"] = "sha256:" + "0" * 64

        return {change.__name__: change for change in (drop, swap, insert, backdate, replace)}

    def test_any_event_changed_is_noticed_by_the_root_or_by_what_was_kept(self):
        for number in range(len(self.entries)):
            for name, change in self.changes(number).items():
                with self.subTest(entry=number, change=name):
                    self.start_over()
                    self.changes(number)[name]()
                    self.files["log/headers.jsonl"] = b"".join(
                        canonical(entry) + b"\n" for entry in self.entries)
                    self.expect_in_files("ledger", "")
                    self.entries += [dict(self.entries[0], subject="x")] * 2  # Longer than before.
                    self.forger.sign_log()
                    self.forger.sign_files()
                    failed, said = self.check("--since", self.KEPT)
                    self.assertIsNotNone(failed, said)
                    if failed == "anchor":
                        self.assertIn("the log was rewritten", said)

    def test_a_history_that_agrees_with_itself_is_told_apart_by_what_was_kept(self):
        entry = self.forger.entry("evidence")
        entry["actor"] = "mallory"
        self.forger.sign_log()
        self.forger.tell()
        self.expect_in_files(None, "unanchored")
        self.expect("anchor", "the log was rewritten", "--since", self.KEPT)

    def test_a_revocation_that_is_dropped_needs_what_was_kept(self):
        self.drop(self.forger.entry("key", number=3))
        self.forger.sign_log()
        self.forger.tell()
        said = self.expect_in_files(None, "unanchored")
        self.assertNotIn("revoked", said)
        self.expect("anchor", "the log was cut off", "--since", self.KEPT)

    def test_an_older_store_is_told_apart_by_what_was_kept(self):
        self.start_over(os.path.join(FOLDER, "older"))
        self.expect(None, "unanchored")
        self.expect("anchor", "the log was cut off", "--since", self.KEPT)


class ForgedApprovals(ForgedBundle):
    """The log's key is the attacker's, those of people are not."""

    def test_an_approval_recorded_about_another_model_was_moved(self):
        self.forger.entry("statement")["subject"] = V2
        self.expect_in_log("people", "is about scorecard@1, and was recorded about scorecard@2: it "
                           "was moved")

    def test_a_move_cannot_rest_on_approvals_of_another_version(self):
        approvals = [self.forger.entry("statement", number=n) for n in (0, 1)]
        self.add_promotion(approvals, version=2)
        self.expect_in_log("models", "which nobody signed about it before")

    def test_a_signed_approval_that_is_changed_is_none(self):
        def praise(statement):
            statement["predicate"]["reason"] = "better than ever"
        entry = self.forger.entry("statement")
        envelope = json.loads(self.files.pop("attest/%s.dsse.json" % entry["payload"][7:]))
        statement = self.forger.envelope(self.forger.entry("statement", number=1))
        praise(statement)
        envelope["payload"] = json.loads(self.new_key().sign(statement))["payload"]
        entry["payload"] = self.forger.put(canonical(envelope), "attest/", ".dsse.json")

        def rest_on_it(document):
            old = self.forger.entry("statement", number=1)["payload"]
            document["statements"] = sorted([entry["payload"], old])
        self.forger.replace(self.forger.entry("promotion"), rest_on_it)
        self.expect_in_log("models", "counted for nothing: its signature is wrong")

    def test_an_approval_of_other_content_is_noticed(self):
        other = self.forger.document(self.forger.entry("model_version", V2))
        content = other["artifact"]["digest"][7:]
        self.add_statement(self.key("ada"),
                           lambda s: s["subject"][0]["digest"].update(sha256=content))
        self.expect_in_log("models", "is about other content than scorecard@1 was registered as")

    def test_an_approval_of_another_registration_is_noticed(self):
        other = self.forger.entry("model_version", V2)["payload"]
        self.add_statement(self.key("ada"), lambda s: s["predicate"].update(registration=other))
        self.expect_in_log("models", "is about other content")

    def promote_again(self, key, change, text):
        """A promotion that rests on a statement, which is changed, by `key`."""
        def approve(statement):
            said = statement["predicate"]
            said.update({"from": "production", "to": "qa", "decision": "approve",
                         "signed_at": self.entries[-1]["time"]})
            change(said)
        statement = self.add_statement(key, approve, like=3)
        self.add_promotion([statement], like=1, **{"from": "production", "to": "qa",
                                                   "override": False})
        self.expect_in_log("models", text)

    def test_a_good_approval_by_the_owner_of_a_key_is_accepted(self):
        """Were it not, the refusals below would show nothing."""
        def approve(statement):
            statement["predicate"].update({"from": "production", "to": "qa",
                                           "decision": "approve",
                                           "signed_at": self.entries[-1]["time"]})
        statement = self.add_statement(self.key("bob"), approve, like=3)
        self.add_promotion([statement], like=1, override=False,
                           **{"from": "production", "to": "qa"})
        self.forger.sign_log()
        self.forger.tell()
        self.expect_in_files(None, "3 moves resting on 4 signatures")

    def test_a_move_cannot_rest_on(self):
        mallory = self.new_key()
        for key, change, text in (
                (mallory, lambda said: None, "its key is not trusted"),
                (self.key("carl"), lambda said: said["signer"].update(
                    owner="carl", printed_name="Carl C", role="owner"),
                 "its key was revoked (laptop"),
                (self.key("bob"), lambda said: said["signer"].update(role="validator"),
                 "its key may not sign as validator"),
                (self.key("bob"), lambda said: said["signer"].update(printed_name="Ada Lovelace"),
                 "it names another person than its key's owner"),
                (self.key("bob"), lambda said: said.update(evidence=said["evidence"][1:]),
                 "the evidence has changed since"),
                (self.key("bob"), lambda said: said.update(policy="sha256:" + "0" * 64),
                 "the policy has changed since"),
                (self.key("bob"), lambda said: said.update(to="preproduction"),
                 "it is about another move"),
                (self.key("bob"), lambda said: said.update(expires="2020-01-01T00:00:00.000Z"),
                 "it has expired"),
                (self.key("bob"), lambda said: said.update(signed_at="2020-01-01T00:00:00.000Z"),
                 "it was given before the last move"),
                (self.key("bob"), lambda said: said.update(signed_at="2099-01-01T00:00:00.000Z"),
                 "it says that it was signed later than it was recorded"),
                (self.key("bob"), lambda said: said.update(decision="reject"),
                 "does not approve it"),
                (self.key("bob"), lambda said: said.update(decision="override"),
                 "does not approve it")):
            with self.subTest(text=text):
                self.start_over()
                self.promote_again(key, change, text)

    def test_a_move_cannot_rest_on_what_was_recorded_before_the_version_went_back(self):
        statement = self.add_statement(self.key("ada"))
        self.add_promotion([], like=1, override=False, **{"from": "production",
                                                          "to": "development"})
        self.add_promotion([statement])
        self.expect_in_log("models", "it was given before the last move")

    def test_an_emergency_needs_a_signed_order(self):
        self.forger.replace(self.forger.entry("promotion"), lambda d: d.update(override=True))
        self.expect_in_log("models", "nobody signed the order")

    def test_a_move_from_a_stage_that_it_had_not_is_noticed(self):
        self.add_promotion([], like=1)
        self.expect_in_log("models", "leaves the stage qa, and it was in production")

    def test_a_void_statement_is_told_of_and_stops_nothing(self):
        self.add_statement(self.new_key())
        self.forger.sign_log()
        self.forger.tell()
        self.expect_in_files(None, "counts for nothing: its key is not trusted")

    def test_a_void_statement_that_the_report_counts_is_noticed(self):
        report = json.loads(self.files["report.json"])
        for statement in report["models"][0]["statements"]:
            statement["void"] = None
        self.files["report.json"] = json.dumps(report).encode()
        self.expect_in_files("report", "scorecard@1")


class ForgedKeys(ForgedBundle):
    def forge(self):
        """Puts a key of the attacker in ada's place, with all that she signed signed anew."""
        ada, mallory = self.key("ada"), self.new_key()
        entry = self.forger.entry("key")
        old = "keys/people/%s.pem" % ada.fingerprint
        pem = verify.pem_of(mallory.der)
        self.forger.replace(entry, lambda d: d.update(public_key=pem))
        entry["subject"] = "key:" + mallory.fingerprint
        del self.files[old]
        self.files["keys/people/%s.pem" % mallory.fingerprint] = pem.encode()
        statement = self.forger.entry("statement")
        old = statement["payload"]
        envelope = mallory.sign(self.forger.envelope(statement))
        del self.files["attest/%s.dsse.json" % old[7:]]
        statement["payload"] = new = self.forger.put(envelope, "attest/", ".dsse.json")
        self.forger.replace(self.forger.entry("promotion"), lambda d: d.update(
            statements=sorted(new if s == old else s for s in d["statements"])))
        return mallory

    def brought(self, *names):
        path = os.path.join(self.scratch, "brought")
        with open(path, "w", encoding="utf-8") as file:
            file.write("".join(verify.pem_of(self.key(name).der) for name in names))
        return path

    def test_a_forged_key_passes_until_the_auditor_brings_the_true_one(self):
        mallory = self.forge()
        self.forger.sign_log()
        self.forger.tell()
        said = self.expect_in_files(None, "none is by keys of people that you brought")
        self.assertIn(mallory.fingerprint, said)
        said = self.expect(None, "of the 3 signatures that moves rest on, 2 are by keys",
                           "--trusted-keys", self.brought("ada", "bob"))
        self.assertIn("a key that you did not bring, that of Ada Lovelace (%s)"
                      % mallory.fingerprint, said)
        self.expect("anchor", "the log was rewritten", "--since",
                    os.path.join(BUNDLE, "log", "checkpoint"))

    def test_the_log_is_not_anchored_by_keys_of_people(self):
        said = self.expect(None, "all are by keys of people that you brought", "--trusted-keys",
                           self.brought("ada", "bob", "carl"))
        self.assertIn("unanchored", said)

    def test_a_file_with_another_key_is_noticed(self):
        name = "keys/people/%s.pem" % self.key("ada").fingerprint
        self.files[name] = verify.pem_of(self.new_key().der).encode()
        self.expect_in_files("people", name + " is not the key that the ledger has")

    def test_a_key_under_the_fingerprint_of_another_is_noticed(self):
        pem = verify.pem_of(self.new_key().der)
        self.forger.replace(self.forger.entry("key"), lambda d: d.update(public_key=pem))
        self.expect_in_log("people", "is about another key than it holds")

    def test_a_key_that_was_trusted_after_it_signed_counts_for_nothing(self):
        self.entries.append(self.entries.pop(self.entries.index(self.forger.entry("key"))))
        self.expect_in_log("models", "its key was not trusted yet")

    def test_a_key_that_was_not_valid_counts_for_nothing(self):
        self.forger.replace(self.forger.entry("key"), lambda d: d.update(
            valid_until="2021-01-01T00:00:00.000Z"))
        self.expect_in_log("models", "its key was not valid then")

    def test_a_key_left_out_is_missed(self):
        entry = self.forger.entry("key", number=3)
        del self.files["documents/%s.json" % entry["payload"][7:]]
        self.expect_in_files("events", "an event was left out")


class ForgedPolicies(ForgedBundle):
    def swap(self):
        entry = self.forger.entry("policy")
        text = self.files.pop("policy/%s.toml" % entry["payload"][7:])
        entry["payload"] = self.forger.put(text.replace(b'{ role = "validator" }, ', b""),
                                           "policy/", ".toml")
        return entry["payload"]

    def test_another_text_under_the_same_name_is_noticed(self):
        name = next(n for n in self.files if n.startswith("policy/"))
        self.files[name] = self.files[name].replace(b"Scorecards", b"scorecards")
        self.expect_in_files("documents", name + " does not have the content")

    def test_a_policy_that_no_move_was_decided_by_is_noticed(self):
        self.swap()
        self.expect_in_log("models", "was decided by another policy than the one in force")

    def test_a_policy_that_nobody_signed_for_is_noticed(self):
        policy = self.swap()
        for number in (0, 1):
            self.forger.replace(self.forger.entry("promotion", number=number),
                                lambda d: d.update(policy=policy))
        self.expect_in_log("models", "the policy has changed since")

    def test_a_policy_slipped_in_is_noticed(self):
        self.forger.put(b"version = 1\n", "policy/", ".toml")
        self.expect_in_files("models", "a policy that is not in the ledger")


class ForgedEvidence(ForgedBundle):
    def test_evidence_added_before_the_move_voids_its_approvals(self):
        entry = self.forger.entry("evidence", number=1)
        copy = dict(entry, payload=self.forger.put(canonical(dict(
            self.forger.document(entry), reason="a better one"))))
        self.entries.insert(self.entries.index(self.forger.entry("promotion")), copy)
        self.expect_in_log("models", "the evidence has changed since")

    def test_evidence_for_another_version_is_noticed(self):
        entry = self.forger.entry("evidence")
        entry["subject"] = V2
        self.expect_in_log("events", "its document about another version: it was moved")

    def test_evidence_of_other_content_is_noticed(self):
        entry = self.forger.entry("evidence")
        self.forger.replace(entry, lambda d: d.update(model_content="sha256:" + "0" * 64))
        self.expect_in_log("models", "is for other content than scorecard@1 was registered as")

    def test_a_file_that_is_missing_and_not_listed_is_missed(self):
        name = next(n for n in self.files if n.startswith("evidence/"))
        del self.files[name]
        self.expect_in_files("models", "nor listed as left out")

    def test_a_file_that_nothing_names_is_noticed(self):
        self.forger.put(b"praise", "evidence/", "")
        self.expect_in_files("models", "evidence that nothing names")

    def test_a_version_without_its_registration_is_missed(self):
        self.drop(self.forger.entry("model_version", V2))
        self.expect_in_log("lineage", "a version that the bundle is about is not in it")


class ForgedReport(ForgedBundle):
    def changed(self, value):
        """Another value of the same kind."""
        if isinstance(value, bool) or value is None:
            return "x" if value is None else not value
        if isinstance(value, (int, float)):
            return value + 1
        if isinstance(value, str):
            return value + "x"
        return value[1:] if isinstance(value, list) and value else ["x"]

    def walk(self, value, path=()):
        """The paths of all members below."""
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in list(items):
            if isinstance(inner, (dict, list)) and inner:
                yield from self.walk(inner, path + (key,))
            yield path + (key,)

    def test_each_member_about_models_keys_and_policies_counts(self):
        original = self.files["report.json"]
        report = json.loads(original)
        for part in ("models", "keys", "policies", "subject"):
            for path in self.walk(report[part], (part,)):
                changed = json.loads(original)
                inner = changed
                for key in path[:-1]:
                    inner = inner[key]
                inner[path[-1]] = self.changed(inner[path[-1]])
                bundle = self.report_checks(json.dumps(changed).encode())
                self.assertIsNotNone(bundle, path)

    def report_checks(self, report):
        """What the checks say of the untouched bundle with a changed report."""
        bundle = verify.Bundle(BUNDLE)
        options = verify.parse_options([BUNDLE])
        try:
            verify.check_files(bundle, options)
            bundle.files["report.json"] = report
            self.signed_name(bundle)
            for name, check in verify.CHECKS[2:]:
                if name != "proofs":  # Which do not look at the report.
                    check(bundle, options)
        except verify.Failed as failure:
            return str(failure)
        except Exception as error:  # pylint: disable=broad-except  # Malformed; noticed as well.
            return repr(error)
        return None

    @staticmethod
    def signed_name(bundle):
        bundle.key = verify.Key(bundle.file("keys/checkpoint.vkey").decode())
        bundle.signed_name = "model scorecard"

    def test_each_cell_of_the_tables_counts(self):
        for table in ("approvals", "attestations", "promotions", "evidence", "inventory"):
            name = "data/%s.csv" % table
            original = self.files[name]
            start = original.index(b"\r\n") + 2
            for place in range(start, len(original) - 2):
                if original[place:place + 1] in b',"':
                    continue
                changed = bytearray(original)
                changed[place] ^= 1
                if bytes(changed[place:place + 1]) in b',"\r\n':
                    continue
                if place % 17:  # Some of them: each takes its time.
                    continue
                self.files[name] = bytes(changed)
                self.forger.sign_files()
                failed, said = self.check()
                self.assertEqual(failed, "tables", said)
                self.assertIn(name, said)
            self.files[name] = original

    def test_a_bundle_of_a_model_without_one_of_its_versions_is_noticed(self):
        report = json.loads(self.files["report.json"])
        report["subject"]["versions"].remove(V2)
        report["models"] = report["models"][:1]
        self.files["report.json"] = json.dumps(report).encode()
        self.expect_in_files("lineage", "is not what its name, model scorecard, means")

    def test_what_may_not_be_left_out_is_missed_though_it_is_listed(self):
        entry = self.forger.entry("statement")
        del self.files["attest/%s.dsse.json" % entry["payload"][7:]]
        report = json.loads(self.files["report.json"])
        report["left_out"] = [{"digest": entry["payload"], "what": "statement", "why": "redacted"}]
        self.files["report.json"] = json.dumps(report).encode()
        self.expect_in_files("runs", "which is here or may not be")

    def test_what_is_listed_as_left_out_and_is_not_named_is_noticed(self):
        report = json.loads(self.files["report.json"])
        report["left_out"] = [{"digest": "sha256:" + "0" * 64, "what": "note", "why": "redacted"}]
        self.files["report.json"] = json.dumps(report).encode()
        self.expect_in_files("accounted", "what is here, or what nothing names")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
