"""Bundles as somebody forges them who has the log's key: every file may be changed, and what covers
it is made to fit again, as far as that key reaches."""

import base64
import contextlib
import csv
import hashlib
import io
import json
import os
import subprocess
import tempfile


def canonical(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def openssl(arguments, data=b""):
    """What an openssl command gives for `data`, which it finds in the file DATA."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "data")
        with open(path, "wb") as file:
            file.write(data)
        return subprocess.run(["openssl"] + [path if a == "DATA" else a for a in arguments],
                              check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


class PersonalKey:
    """A key by which somebody signs statements."""

    def __init__(self, path):
        self.path = path
        self.der = openssl(["pkey", "-in", path, "-pubout", "-outform", "DER"])
        self.fingerprint = hashlib.sha256(self.der).hexdigest()

    @staticmethod
    def new(path):
        openssl(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out",
                 path])
        return PersonalKey(path)

    def sign(self, statement):
        """A DSSE envelope around it."""
        payload, kind = canonical(statement), b"application/vnd.in-toto+json"
        signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
        signature = openssl(["dgst", "-sha256", "-sign", self.path, "DATA"], signed)
        return canonical({"payload": base64.b64encode(payload).decode(),
                          "payloadType": kind.decode(), "signatures": [
                              {"keyid": self.fingerprint,
                               "sig": base64.b64encode(signature).decode()}]})


class Forger:
    """A bundle in memory; `key` is the file with the private key of its log."""

    def __init__(self, verify, folder, key):
        self.verify, self.folder, self.key = verify, folder, key
        self.files, _ = verify.read_files(folder)
        self.vkey = verify.Key(self.files["keys/checkpoint.vkey"].decode())
        self.entries = [json.loads(line)
                        for line in self.files["log/headers.jsonl"].split(b"\n")[:-1]]

    def entry(self, kind, subject=None, number=0):
        """The `number`th entry of that kind."""
        return [e for e in self.entries if e["kind"] == kind
                and subject in (None, e["subject"])][number]

    def put(self, data, folder="documents/", end=".json"):
        """Adds a file that is named by its content; returns the digest."""
        digest = hashlib.sha256(data).hexdigest()
        self.files[folder + digest + end] = data
        return "sha256:" + digest

    def document(self, entry):
        return json.loads(self.files["documents/%s.json" % entry["payload"][7:]])

    def envelope(self, entry):
        """The statement that an entry's envelope holds."""
        data = json.loads(self.files["attest/%s.dsse.json" % entry["payload"][7:]])
        return json.loads(base64.b64decode(data["payload"]))

    def append(self, kind, subject, payload, actor="mallory"):
        last = self.entries[-1]
        self.entries.append(dict(last, kind=kind, subject=subject, payload=payload, actor=actor))
        return self.entries[-1]

    def replace(self, entry, change):
        """Changes the document of an entry, which then names the changed one."""
        document = self.document(entry)
        change(document)
        del self.files["documents/%s.json" % entry["payload"][7:]]
        entry["payload"] = self.put(canonical(document))

    def sign_note(self, text):
        signature = openssl(["pkeyutl", "-sign", "-rawin", "-inkey", self.key, "-in", "DATA"], text)
        line = base64.b64encode(self.vkey.id + signature).decode()
        return text + b"\n" + ("\u2014 %s %s\n" % (self.vkey.name, line)).encode()

    def sign_log(self):
        """Numbers the entries anew, links them, and signs what they give, with all proofs."""
        last = {}
        for number, entry in enumerate(self.entries):
            entry.update(sequence=number, previous=last.get(entry["subject"]))
            last[entry["subject"]] = number
        lines = [canonical(entry) for entry in self.entries]
        leaves = [self.verify.leaf_hash(line) for line in lines]
        root = base64.b64encode(self.verify.root_of(leaves)).decode()
        self.files["log/headers.jsonl"] = b"".join(line + b"\n" for line in lines)
        note = self.sign_note(("%s\n%d\n%s\n" % (self.vkey.name, len(lines), root)).encode())
        self.files["log/checkpoint"] = note
        for name in [n for n in self.files if n.startswith("proofs/")]:
            del self.files[name]
        for number, line in enumerate(lines):
            path = [base64.b64encode(h).decode() for h in self.path(number, leaves)]
            self.files["proofs/%d.json" % number] = json.dumps(
                {"entry": base64.b64encode(line).decode(), "index": number, "size": len(lines),
                 "path": path, "checkpoint": note.decode()}).encode()

    def path(self, number, leaves):
        """The audit path of a leaf (RFC 6962 section 2.1.1)."""
        if len(leaves) <= 1:
            return []
        half = 1 << (len(leaves) - 1).bit_length() - 1
        if number < half:
            return self.path(number, leaves[:half]) + [self.verify.root_of(leaves[half:])]
        return self.path(number - half, leaves[half:]) + [self.verify.root_of(leaves[:half])]

    def sign_files(self):
        sums = "".join("%s  %s\n" % (hashlib.sha256(self.files[name]).hexdigest(), name)
                       for name in sorted(self.files) if not name.startswith("SHA256SUMS"))
        self.files["SHA256SUMS"] = sums.encode()
        subject = json.loads(self.files["report.json"])["subject"]
        name = subject["name"] if subject["kind"] == "run" else "%(kind)s %(name)s" % subject
        self.files["SHA256SUMS.sig"] = self.sign_note(
            ("reprise audit bundle v1\n%s\n%s\n"
             % (name, self.verify.digest_name(sums.encode()))).encode())

    @contextlib.contextmanager
    def in_place(self):
        """Lets verify.py find these files instead of those in a folder."""
        kept = self.verify.read_files
        self.verify.read_files = lambda folder: (dict(self.files), [])
        try:
            yield
        finally:
            self.verify.read_files = kept

    def tell(self):
        """Makes report.json and the tables say what the changed documents and log do; whatever of
        it cannot be told stays as it was."""
        self.sign_files()
        bundle = self.verify.Bundle(self.folder)
        options = self.verify.parse_options([self.folder])
        with self.in_place():
            for name, check in self.verify.CHECKS:
                if name == "lineage":
                    break
                check(bundle, options)
        report = bundle.report
        report.update(self.verify.expected_ledger(bundle))
        for run in self.verify.reported_subjects(bundle) + report["upstream"]:
            run.update(self.verify.expected_run(bundle, run["id"]))
        cards = {"%(name)s@%(version)d" % m: m["card"] for m in report["models"]}
        report["models"] = [dict(version.reported(), card=cards.get(name))
                            for name, version in sorted(bundle.versions.items())]
        report["keys"] = [p.reported() for p in bundle.people.values() if p.records]
        report["policies"] = [{"digest": e["payload"], "recorded_at": e["time"],
                               "actor": e["actor"], "ledger_sequence": n}
                              for n, e in bundle.policy_entries]
        self.files["report.json"] = json.dumps(report).encode()
        self.tabulate(self.verify.model_tables(bundle))
        columns = ["sequence", "time", "actor", "kind", "subject", "payload", "leaf_hash"]
        self.tabulate({"events": (columns, report["events"])})

    def tabulate(self, tables):
        for name, (columns, records) in tables.items():
            text = io.StringIO(newline="")
            rows = csv.writer(text)
            rows.writerow(columns)
            for record in records:
                values = (record.get(column) for column in columns)
                rows.writerow("" if v is None else self.verify.cell(v) for v in values)
            self.files["data/%s.csv" % name] = text.getvalue().encode()
