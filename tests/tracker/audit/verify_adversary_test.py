"""Tries more forgeries on verify.py and `reprise audit verify`, as verify_models_test.py does: of
attestations, requirements, model cards, keys that are only revoked, parts of folders, and names of
files.

usage: verify_adversary_test.py FOLDER   as tests/cli/audit_adversary_test.sh makes it: in
FOLDER/bundle ada attested scorecard@1, a file, and folder@1 in both ways, and a template of
requirements is answered; FOLDER/parts is about a folder that was added, and what a run wrote of it.
"""

import base64
import hashlib
import json
import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

# pylint: disable=wrong-import-position
from bundle_forger import canonical, openssl  # noqa: E402
from verify_models_test import BUNDLE, FOLDER, V1, V2, ForgedBundle, verify  # noqa: E402

FOLDER_VERSION = "folder@1"


class Untouched(ForgedBundle):
    def test_it_passes(self):
        self.forger.sign_log()
        self.forger.tell()
        said = self.expect_in_files(None, "4 attestations")
        self.assertNotIn("counts for nothing", said)


class ForgedAttestations(ForgedBundle):
    def attestation(self, number=0):
        return self.forger.entry("attestation", number=number)

    def replace_file(self, entry, change):
        """Changes the file of an attestation, which its entry then names."""
        name = "attest/%s.json" % entry["payload"][7:]
        document = json.loads(self.files.pop(name))
        change(document)
        entry["payload"] = self.forger.put(canonical(document), "attest/")

    def file_of(self, entry):
        return json.loads(self.files["attest/%s.json" % entry["payload"][7:]])

    def list_of_files(self, subject=V1):
        """The entry of the list of files, whose file is a Sigstore bundle."""
        return next(e for e in self.entries if e["kind"] == "attestation"
                    and e["subject"] == subject and "dsseEnvelope" in self.file_of(e))

    def change_list(self, change, entry=None, with_root=True):
        """Changes which files a list names; signed anew by ada, with the digest of its digests."""
        def change_file(bundle):
            statement = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
            change(statement["predicate"]["resources"])
            if with_root:
                digests = [r["digest"] for r in statement["predicate"]["resources"]]
                statement["subject"][0]["digest"]["sha256"] = hashlib.sha256(
                    bytes.fromhex("".join(digests))).hexdigest()
            envelope = json.loads(self.key("ada").sign(statement))
            envelope["signatures"][0]["keyid"] = ""
            bundle["dsseEnvelope"] = envelope
        self.replace_file(entry or self.list_of_files(), change_file)

    def slsa(self, subject=V1):
        """The entry of the provenance, whose file is an envelope as it is."""
        return next(e for e in self.entries if e["kind"] == "attestation"
                    and e["subject"] == subject and "payload" in self.file_of(e))

    def change_statement(self, change, key=None, subject=V1):
        """Changes what the provenance says; signed anew by `key`, if there is one."""
        def change_file(envelope):
            statement = json.loads(base64.b64decode(envelope["payload"]))
            change(statement)
            if key is not None:
                envelope.update(json.loads(key.sign(statement)))
            else:
                envelope["payload"] = base64.b64encode(canonical(statement)).decode()
        entry = self.slsa(subject)
        self.replace_file(entry, change_file)
        return entry

    def test_a_statement_that_is_signed_as_something_else_is_refused(self):
        def retype(envelope):
            payload = base64.b64decode(envelope["payload"])
            kind = b"application/json"
            signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
            signature = openssl(["dgst", "-sha256", "-sign", self.key("ada").path, "DATA"], signed)
            envelope["payloadType"] = kind.decode()
            envelope["signatures"][0]["sig"] = base64.b64encode(signature).decode()
        self.replace_file(self.slsa(), retype)
        self.expect_in_log("people", "in-toto")
        self.start_over()
        entry = self.forger.entry("statement")
        envelope = json.loads(self.files.pop("attest/%s.dsse.json" % entry["payload"][7:]))
        retype(envelope)
        entry["payload"] = self.forger.put(canonical(envelope), "attest/", ".dsse.json")
        self.expect_in_log("people", "in-toto")

    def test_one_recorded_about_another_model_was_moved(self):
        self.slsa()["subject"] = V2
        self.expect_in_log("people", "is about scorecard@1, and was recorded about scorecard@2: it "
                           "was moved")

    def test_one_whose_subject_is_another_model_was_moved(self):
        def move(statement):
            for subject in statement["subject"]:
                subject["annotations"]["reprise_version"] = 2
        self.change_statement(move, self.key("ada"))
        self.expect_in_log("people", "it was moved")

    def test_one_of_another_registration_is_noticed(self):
        other = self.forger.entry("model_version", V2)["payload"]

        def move(statement):
            for subject in statement["subject"]:
                subject["annotations"]["reprise_registration"] = other
        self.change_statement(move, self.key("ada"))
        self.expect_in_log("models", "is about another scorecard@1 than was registered")

    def test_subjects_of_several_versions_are_refused(self):
        def add(statement):
            first = statement["subject"][0]
            statement["subject"].append(dict(first, name="more", annotations=dict(
                first["annotations"], reprise_version=2)))
        self.change_statement(add, self.key("ada"))
        self.expect_in_log("people", "")

    def test_a_predicate_that_is_changed_counts_for_nothing(self):
        def praise(statement):
            statement["predicate"]["runDetails"]["builder"]["id"] = "https://better.example"
        self.change_statement(praise)
        self.forger.sign_log()
        self.expect_in_files("report", "")
        self.forger.tell()
        self.expect_in_files(None, "counts for nothing: its signature is wrong")

    def test_another_kind_of_predicate_is_refused(self):
        self.change_statement(lambda s: s.update(predicateType="https://example.org/v1"),
                              self.key("ada"))
        self.expect_in_log("people", "")

    def test_signed_content_that_is_not_the_versions_is_refused(self):
        """Rightly signed, about the right registration, and of something else."""
        def other(statement):
            statement["subject"][0]["digest"]["sha256"] = "ab" * 32

        def renamed(statement):
            statement["subject"][0]["name"] = "other.bin"

        def more(statement):
            statement["subject"].append(dict(statement["subject"][0], name="zz"))
        for change in (other, renamed, more):
            self.start_over()
            self.change_statement(change, self.key("ada"))
            self.expect_in_log("models", "is about other content than scorecard@1 was registered")
        for change in (lambda r: r[0].update(digest="ab" * 32), lambda r: r[0].update(name="x"),
                       lambda r: r.append(dict(r[0], name="zz"))):
            self.start_over()
            self.change_list(change)
            self.expect_in_log("models", "is about other content than scorecard@1 was registered")

    def test_of_a_folder_all_files_are_named_and_no_others(self):
        def more(names):
            names.append(dict(names[0], name="zz"))

        def swap(names):
            names[0]["digest"], names[1]["digest"] = names[1]["digest"], names[0]["digest"]
            self.assertNotEqual(names[0]["digest"], names[1]["digest"])

        for change in (more, swap, lambda r: r.pop(), lambda r: r.pop(0)):
            self.start_over()
            entry = self.list_of_files(FOLDER_VERSION)
            self.change_list(change, entry)
            self.expect_in_log("models", "is about other content than folder@1 was registered as")
        self.start_over()
        self.change_list(lambda r: self.assertEqual(
            [one["name"] for one in r], ["a", "in/b", "in/c", "in2/a"]),
            self.list_of_files(FOLDER_VERSION))
        self.forger.sign_log()
        self.forger.tell()
        self.expect_in_files(None, "unanchored")
        for number in (0, 1):
            self.start_over()

            def lose(statement, number=number):
                self.assertEqual(len(statement["subject"]), 4)
                del statement["subject"][number]
            self.change_statement(lose, self.key("ada"), FOLDER_VERSION)
            self.expect_in_log("models", "is about other content than folder@1 was registered as")

    def test_what_their_writer_would_not_have_written_is_refused(self):
        def with_sha1(statement):
            statement["subject"][0]["digest"]["sha1"] = "ab" * 20

        def no_digest(statement):
            statement["subject"][0]["digest"]["sha256"] = "zz"

        def annotated(statement):
            statement["subject"][0]["annotations"]["praise"] = "x"

        def numbered(statement):
            statement["subject"][0]["annotations"]["reprise_version"] = True
        for change in (with_sha1, no_digest, annotated, numbered,
                       lambda s: s.update(praise="x"), lambda s: s.update(subject=[]),
                       lambda s: s["predicate"]["runDetails"].pop("builder")):
            self.start_over()
            self.change_statement(change, self.key("ada"))
            self.expect_in_log("people", "")
        for change in (lambda r: r[0].update(praise="x"), lambda r: r.clear(),
                       lambda r: r[0].update(algorithm="md5"), lambda r: r[0].update(name="../x"),
                       lambda r: r[0].update(name=".git/x"), lambda r: r.append(r[0])):
            self.start_over()
            self.change_list(change)
            self.expect_in_log("people", "")
        self.start_over()
        self.change_list(lambda r: r[0].update(digest="ab" * 32), with_root=False)
        self.expect_in_log("people", "")
        self.start_over()
        self.replace_file(self.list_of_files(), lambda b: b.update(praise="x"))
        self.expect_in_log("people", "")

    def test_one_left_out_is_missed(self):
        del self.files["attest/%s.json" % self.slsa()["payload"][7:]]
        self.expect_in_files("events", "an event was left out")


class ForgedForms(ForgedBundle):
    """What says nothing else than it did, in a form that Reprise does not give it."""

    def test_documents_have_their_members_and_no_others(self):
        for kind, check in (("model_version", "events"), ("evidence", "events"),
                            ("promotion", "events"), ("key", "people")):
            for change in (lambda d: d.update(praise="x"), lambda d: d.pop("reason"),
                           lambda d: d.update(reason={"type": "bytes", "value": "eA=="})):
                with self.subTest(kind=kind):
                    self.start_over()
                    self.forger.replace(self.forger.entry(kind), change)
                    self.expect_in_log(check, "")
        for kind in ("model_version", "evidence", "promotion"):
            self.start_over()
            self.forger.replace(self.forger.entry(kind), lambda d: d.update(version=True))
            self.expect_in_log("events", "")

    def test_documents_are_in_canonical_form(self):
        for kind, check in (("model_version", "events"), ("evidence", "events"),
                            ("promotion", "events"), ("key", "people")):
            with self.subTest(kind=kind):
                self.start_over()
                entry = self.forger.entry(kind)
                text = self.files.pop("documents/%s.json" % entry["payload"][7:])
                entry["payload"] = self.forger.put(text.replace(b":", b": ", 1))
                self.expect_in_log(check, "canonical form")

    def test_statements_have_their_members_and_the_time_is_one(self):
        def in_predicate(**members):
            return lambda s: s["predicate"].update(members)
        for change in (
                in_predicate(praise="x"), in_predicate(reason=""), in_predicate(meaning=""),
                in_predicate(version=True), in_predicate(signed_at="2026-13-41T00:00:00.000Z"),
                in_predicate(signed_at="2026-01-01T00:00:60.000Z"),
                in_predicate(expires="2099-02-31T00:00:00.000Z"), in_predicate(to="last"),
                in_predicate(evidence=[{"kind": "praise", "digest": "sha256:" + "ab" * 32}]),
                lambda s: s.update(praise="x"), lambda s: s["subject"][0].update(praise="x"),
                lambda s: s["subject"][0]["digest"].update(sha1="ab"),
                lambda s: s["predicate"]["signer"].update(praise="x"),
                lambda s: s["predicate"]["signer"].update(role="")):
            self.start_over()
            entry = self.forger.entry("statement")
            statement = self.forger.envelope(entry)
            change(statement)
            del self.files["attest/%s.dsse.json" % entry["payload"][7:]]
            entry["payload"] = self.forger.put(self.key("ada").sign(statement), "attest/",
                                               ".dsse.json")
            self.forger.replace(self.forger.entry("promotion"), lambda d, new=entry["payload"]:
                                d.update(statements=[new]))
            self.expect_in_log("people", "")

    def test_tables_end_their_lines_as_tables_do(self):
        for name in ("params", "metrics", "events", "series", "inventory"):
            self.start_over()
            table = "data/%s.csv" % name
            self.files[table] = self.files[table].replace(b"\r\n", b"\n")
            self.expect_in_files("series" if name == "series" else "tables", table)
        self.start_over()
        self.files["data/events.csv"] = b'"sequence"' + self.files["data/events.csv"][8:]
        self.expect_in_files("tables", "data/events.csv")


class CountedOnce(ForgedBundle):
    def test_a_move_cannot_rest_on_two_signatures_of_one_statement(self):
        """Who has one signature can make another of it: (r, -s)."""
        first = self.forger.entry("statement")
        again = self.forger.put(self.key("ada").sign(self.forger.envelope(first)), "attest/",
                                ".dsse.json")
        self.assertNotEqual(again, first["payload"])
        self.entries.insert(self.entries.index(first) + 1, dict(first, payload=again))
        self.forger.replace(self.forger.entry("promotion"), lambda d: d.update(
            statements=sorted(d["statements"] + [again])))
        self.expect_in_log("models", "rests on two signatures by the key of Ada Lovelace")


class OnlyRevokedKeys(ForgedBundle):
    def test_a_revocation_makes_no_fingerprint_that_of_a_person(self):
        """Else the fingerprint of the log's key that the auditor knows would be passed over."""
        known = "ab" * 32
        revocation = next(e for e in self.entries if e["kind"] == "key"
                          and self.forger.document(e)["type"] == "reprise/key-revocation/v1")
        document = dict(self.forger.document(revocation))
        field = next(k for k, v in document.items() if isinstance(v, str) and len(v) in (64, 71)
                     and revocation["subject"].endswith(v[-64:]))
        document[field] = document[field][:-64] + known
        self.forger.append("key", "key:" + known, self.forger.put(canonical(document)))
        self.forger.sign_log()
        self.forger.tell()
        self.expect_in_files(None, "unanchored")
        brought = os.path.join(self.scratch, "brought")
        with open(brought, "w", encoding="utf-8") as file:
            file.write("sha256:%s\n" % known)
        self.expect("anchor", "the log is signed by a key that you do not trust",
                    "--trusted-keys", brought)


class ForgedRequirements(ForgedBundle):
    TABLE = "data/requirements.csv"

    def change(self, change):
        report = json.loads(self.files["report.json"])
        change(report["requirements"][0]["rows"])
        self.files["report.json"] = json.dumps(report).encode()

    def test_a_row_that_is_changed_is_noticed(self):
        rows = json.loads(self.files["report.json"])["requirements"][0]["rows"]
        self.assertTrue(rows)
        for change in (lambda r: r[0].update(state="not applicable"), lambda r: r.pop(),
                       lambda r: r.reverse(), lambda r: r[0].update(requirement="nothing"),
                       lambda r: r[0].update(missing=["x"]), lambda r: r[-1].update(reason="x"),
                       lambda r: r[0].update(recorded=[{"fact": "x", "count": 7, "digests": []}])):
            self.start_over()
            self.change(change)
            self.expect("files", "report.json is not what SHA256SUMS says")
            self.expect_in_files("tables", self.TABLE)

    def test_a_cell_that_is_changed_is_noticed(self):
        self.files[self.TABLE] = self.files[self.TABLE].replace(
            b",partly recorded,", b",recorded,", 1)
        self.expect_in_files("tables", self.TABLE + " says something else than report.json")

    def test_rows_without_their_table_and_the_other_way_round_are_noticed(self):
        table = self.files.pop(self.TABLE)
        self.expect_in_files("tables", self.TABLE + " is missing")
        self.files[self.TABLE] = table
        report = json.loads(self.files["report.json"])
        report["requirements"] = []
        self.files["report.json"] = json.dumps(report).encode()
        self.expect_in_files("tables", self.TABLE + " is here, and report.json asks nothing")


class ForgedCards(ForgedBundle):
    def give(self, text):
        """Makes `text` the newest card of scorecard@1, which is evidence after all moves."""
        entry = next(e for e in self.entries if e["kind"] == "evidence"
                     and self.forger.document(e)["kind"] == "model_card")
        document = self.forger.document(entry)
        digest = self.forger.put(text, "evidence/", "")
        document["artifact"].update(digest=digest, size_bytes=len(text))
        self.forger.append("evidence", V1, self.forger.put(canonical(document)))
        self.forger.sign_log()
        self.forger.tell()
        return next(name for name in self.files if name.endswith(digest[7:]))

    def tell_card(self, card):
        report = json.loads(self.files["report.json"])
        model = next(m for m in report["models"] if "%(name)s@%(version)d" % m == V1)
        model["card"] = card
        self.files["report.json"] = json.dumps(report).encode()
        self.forger.tabulate(verify_tables(report))

    def test_what_is_no_card_is_null_to_both(self):
        good = b'purpose = "p"\nintended_use = "u"\nowner = "o"\n'
        for text in (b"", b"\xff", b"[", good + b"x = 1\n", good + b"tier = 1\n",
                     good + b'tier = ""\n', b'purpose = "p"\nowner = "o"\n',
                     good + b'last_validation = "2026-02-30"\n',
                     good + b"last_validation = 2026-02-03\n", good + b'limits = "one"\n',
                     good + b"limits = [1]\n", good + b"data = 7\n", good + b"data = [7]\n",
                     good + b'[[data]]\nlicence = "l"\n',
                     good + b'[[data]]\npath = "a"\n[[data]]\npath = "a"\n',
                     good + b'[[finding]]\nid = "1"\ntext = "t"\nseverity = "x"\nstate = "open"\n',
                     good + b'[decision]\nabout = "a"\n', good + good,
                     good + b"limits = " + b"[" * 5000):
            with self.subTest(text=text[:90]):
                self.start_over()
                self.give(text)
                self.tell_card(None)
                self.expect_in_files(None, "unanchored")
                self.tell_card({"purpose": "p"})
                self.expect_in_files("report", "")

    def test_a_card_with_everything_is_read_alike(self):
        self.give(b'purpose = "p"\nintended_use = "u"\nowner = "o"\nlimits = []\n'
                  b'next_validation = "2028-02-29"\n[[data]]\npath = "a"\n[[decision]]\n'
                  b'about = "a"\nchoice = "c"\nreason = "r"\nalternatives = ["b"]\n')
        card = {key: None for key in ("tier", "materiality", "last_validation", "provider",
                                      "explanations", "retention")}
        card.update({key: [] for key in ("assumptions", "limits", "restrictions", "findings",
                                         "risks", "oversight", "monitoring", "not_applicable")})
        card.update(purpose="p", intended_use="u", owner="o", next_validation="2028-02-29",
                    data=[{"path": "a", "licence": None, "origin": None, "labelling": None,
                           "personal": None}],
                    decisions=[{"about": "a", "choice": "c", "reason": "r", "alternatives": ["b"],
                                "decided_by": None, "decided_on": None}])
        self.tell_card(card)
        self.expect_in_files(None, "unanchored")
        self.tell_card(None)
        self.expect_in_files("report", "")


def verify_tables(report):
    """The tables about models that go with a report."""
    bundle = verify.Bundle(BUNDLE)
    bundle.report = report
    return verify.model_tables(bundle)


class ForgedParts(ForgedBundle):
    """Of a file that lies in a folder twice, and was written by a run that is here anyhow."""

    def start_over(self, bundle=os.path.join(FOLDER, "parts")):
        super().start_over(bundle)

    def change_edges(self, change):
        """Changes the list of edges, given those that are `part_of`."""
        report = json.loads(self.files["report.json"])
        edges = report["lineage"]["edges"]
        change(edges, [edge for edge in edges if edge["kind"] == "part_of"])
        self.files["report.json"] = json.dumps(report).encode()

    def test_they_pass_untouched(self):
        def count(_, parts):
            self.assertEqual(sorted(edge["path"] for edge in parts), ["in/again", "m.bin"])
        self.change_edges(count)
        self.expect_in_files(None, "unanchored")

    def test_one_left_out_is_named(self):
        for number in (0, 1):
            self.start_over()
            name = []

            def drop(edges, parts, number=number, name=name):
                edges.remove(parts[number])
                name.append("the edge part_of from %(from)s to %(to)s" % parts[number])
            self.change_edges(drop)
            self.expect_in_files("lineage", name[0] + " was left out of the lineage")

    def test_who_wrote_what_lies_there_is_missed(self):
        for number in (0, 1):
            self.start_over(os.path.join(FOLDER, "both"))
            name = []

            def drop(edges, _, number=number, name=name):
                written = [edge for edge in edges if edge["kind"] == "produced"]
                edges.remove(written[number])
                name.append("the edge produced from %(from)s to %(to)s" % written[number])
            self.change_edges(drop)
            self.expect_in_files("lineage", name[0] + " was left out of the lineage")

    def test_one_that_is_made_up_is_named(self):
        def elsewhere(part):
            part["path"] = "in"

        def nowhere(part):
            part["path"] = "in/none"

        def of_another(part):
            part["from"], part["to"] = part["to"], part["from"]

        def in_a_file(part):
            part["to"] = part["from"]

        for change, text in ((elsewhere, "does not follow from that folder"),
                             (nowhere, "does not follow from that folder"),
                             (of_another, "is not in the bundle"),
                             (in_a_file, "is not in the bundle")):
            with self.subTest(change=change.__name__):
                self.start_over()

                def add(edges, parts, change=change):
                    edges.append(dict(parts[0]))
                    change(edges[-1])
                self.change_edges(add)
                said = self.expect_in_files("lineage", text)
                self.assertIn("the edge part_of from ", said)


class UnknownFiles(ForgedBundle):
    def test_what_no_bundle_has_is_refused_though_its_list_was_signed(self):
        for name in ("more.txt", "data/more.csv", "report/more.html", "keys/more", "log/more",
                     "verify.pyc", "documents", "bom.cdx.json/x", "Report.json"):
            self.start_over()
            self.files[name] = b"praise"
            self.expect_in_files("files", "nothing in a bundle is called: '%s'" % name)

    def test_what_every_bundle_has_is_missed(self):
        for name in ("README.txt", "report/report.html", "report/lineage.svg", "prov/prov.json",
                     "prov/prov.provn", "openlineage/events.jsonl", "bom.cdx.json", "verify.py",
                     "data/params.csv", "data/approvals.csv", "data/series.csv"):
            self.start_over()
            del self.files[name]
            self.expect_in_files("files", "missing, though every bundle has it: " + name)

    def test_keys_of_witnesses_and_authorities_are_here_only_with_what_they_confirmed(self):
        for name in ("keys/witnesses", "keys/timestamp-authorities.pem"):
            for text in (b"", b"praise"):
                self.start_over()
                self.files[name] = text
                self.expect_in_files("files", name + " is here, and nobody confirmed a checkpoint")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
