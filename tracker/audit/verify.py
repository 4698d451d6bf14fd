#!/usr/bin/env python3
"""Checks an audit bundle of Reprise, offline and without Reprise.

usage: python3 verify.py [BUNDLE] [--trust KEY]... [--trusted-keys FILE]
                         [--since CHECKPOINT] [--accept-proofs-only]

  BUNDLE               the bundle's folder (default: where this script lies)
  --trust KEY          a verifier key (NAME+ID+BASE64) or its fingerprint
                       (sha256:HEX), which you got from somewhere else
  --trusted-keys FILE  a file with one such key on each line
  --since CHECKPOINT   a checkpoint of this log that you kept earlier: nothing
                       that it covers may have been changed since.  It anchors a
                       run only if it was made after the run was recorded
  --accept-proofs-only accept a bundle that does not list the whole log

Needs Python 3.7 or newer and the openssl command, 3.0 or newer (for Ed25519
signatures).  Exit status: 0 all checks passed; 1 a check failed or could not be
made.  Keys inside of a bundle prove nothing: whoever can forge a bundle can put
a key into it.  Where neither --trust nor --since anchors the run, the result is
"self-consistent, unanchored".

The formats are described in docs/formats/bundle.md of Reprise.  Merkle tree:
RFC 6962.  Checkpoint: C2SP tlog-checkpoint and signed-note.
"""

import sys

if __name__ == "__main__" and not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
    del sys.path[0]  # This folder: no module is taken from it, for somebody may have put one there.

import argparse
import base64
import csv
import hashlib
import io
import json
import os
import re
import struct
import subprocess
import tempfile

DASH = "\u2014 "
FILE_BYTES_MAX = 1 << 30    # No file of a bundle is larger (docs/formats/bundle.md).
BUNDLE_BYTES_MAX = 4 << 30  # Nor all of them.
FILES_MAX = 1000000
SPKI_ED25519 = bytes.fromhex("302a300506032b6570032100")
REPORT_ONLY_SAYS = ("reprise_version", "missing", "limits")  # No document bears these out.
BUNDLE_NOTE = "reprise audit bundle v1"


class Failed(Exception):
    """A check that did not pass; its text says what and where."""


def require(condition, message):
    if not condition:
        raise Failed(message)


# Plain helpers ---------------------------------------------------------------


def printable(text):
    """`text` on one line, with nothing that a terminal would obey or that forges a line."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def sha256(data):
    return hashlib.sha256(data).digest()


def digest_name(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def from_base64(text):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Failed("malformed base64") from error
    require(base64.b64encode(data).decode() == text, "malformed base64")  # Unused bits are zero.
    return data


def no_duplicates(pairs):
    names = [name for name, _ in pairs]
    require(len(names) == len(set(names)), "a JSON object has a name twice")
    return dict(pairs)


def parse_json(data, what):
    def refuse(text):
        raise Failed("%s holds %s, which JSON does not have" % (what, text))

    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=no_duplicates,
                          parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise Failed("%s is no JSON: %s" % (what, error)) from error


def member(value, key, kinds, what):
    require(isinstance(value, dict) and isinstance(value.get(key), kinds),
            "%s has no proper member %r" % (what, key))
    return value[key]


def raw(value):
    """The bytes of a path or name: text, or base64 where it is not UTF-8."""
    if isinstance(value, str):
        return value.encode("utf-8")
    return from_base64(member(value, "value", str, "a byte string"))


def same(a, b):
    """Equality of JSON values; numbers by value, but true is not 1."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    return a == b


# Merkle tree (RFC 6962 section 2.1) ------------------------------------------


def leaf_hash(leaf):
    return sha256(b"\0" + leaf)


def node_hash(left, right):
    return sha256(b"\1" + left + right)


def root_of(leaves):
    """The root over leaf hashes, by a stack of complete subtrees."""
    stack = []
    for number, leaf in enumerate(leaves, 1):
        stack.append(leaf)
        while number % 2 == 0:
            right = stack.pop()
            stack.append(node_hash(stack.pop(), right))
            number //= 2
    if not stack:
        return sha256(b"")
    root = stack.pop()
    while stack:
        root = node_hash(stack.pop(), root)
    return root


def root_from_path(index, size, leaf, path):
    """The root that an audit path leads to (RFC 9162 section 2.1.3.2)."""
    require(0 <= index < size, "an inclusion proof is for a leaf that the log has not")
    node, last, root = index, size - 1, leaf
    for sibling in path:
        require(last > 0, "an inclusion proof is too long")
        if node & 1 or node == last:
            root = node_hash(sibling, root)
            while not node & 1 and node > 0:
                node, last = node >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        node, last = node >> 1, last >> 1
    require(last == 0, "an inclusion proof is too short")
    return root


# Keys and signed notes -------------------------------------------------------


class Key:
    def __init__(self, text):
        self.text = text.strip()
        parts = self.text.split("+", 2)
        require(len(parts) == 3 and re.fullmatch(r"[!-~]+", self.text),
                "%r is no verifier key (NAME+ID+KEY)" % self.text)
        typed = from_base64(parts[2])
        require(len(typed) == 33 and typed[0] == 1, "%r is no Ed25519 key" % self.text)
        self.name, self.raw = parts[0], typed[1:]
        self.id = sha256(self.name.encode() + b"\n" + typed)[:4]
        require(self.id.hex() == parts[1], "the id of key %r does not fit it" % self.name)

    def fingerprint(self):
        return digest_name(self.raw)


def openssl_verify(key, message, signature):
    """Whether `signature` is the key's over `message`, by the openssl command."""
    pem = (b"-----BEGIN PUBLIC KEY-----\n" + base64.b64encode(SPKI_ED25519 + key.raw)
           + b"\n-----END PUBLIC KEY-----\n")
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for name, content in (("key", pem), ("message", message), ("signature", signature)):
            paths[name] = os.path.join(folder, name)
            with open(paths[name], "wb") as file:
                file.write(content)
        try:
            result = subprocess.run(
                ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", paths["key"], "-rawin",
                 "-in", paths["message"], "-sigfile", paths["signature"]],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        except OSError as error:
            raise Failed("signatures cannot be checked: the openssl command does not start (%s)"
                         % error) from error
    if result.returncode == 0:
        return True
    output = result.stdout.decode("utf-8", "replace")
    require("Signature Verification Failure" in output,
            "signatures cannot be checked: openssl said %r; version 3.0 or newer is needed"
            % output)
    return False


def open_note(note, key, what):
    """The text of a signed note; unknown signatures are passed over, as C2SP asks."""
    require(note.endswith(b"\n") and b"\n\n" in note, "%s is no signed note" % what)
    text, _, signatures = note.rpartition(b"\n\n")
    text += b"\n"
    verified = False
    for line in signatures.decode("utf-8").split("\n")[:-1]:
        require(line.startswith(DASH), "%s has a malformed signature line" % what)
        name, _, encoded = line[len(DASH):].partition(" ")
        signature = from_base64(encoded)
        if name != key.name or signature[:4] != key.id:
            continue
        require(openssl_verify(key, text, signature[4:]),
                "the signature on %s is not that of key %s" % (what, key.name))
        verified = True
    require(verified, "%s is not signed by key %s" % (what, key.name))
    return text.decode("utf-8")


class Checkpoint:
    def __init__(self, note, key, what):
        lines = open_note(note, key, what).split("\n")
        require(len(lines) >= 4 and re.fullmatch(r"0|[1-9][0-9]*", lines[1]),
                "%s is no checkpoint" % what)
        self.origin, self.size, self.root = lines[0], int(lines[1]), from_base64(lines[2])
        require(len(self.root) == 32, "%s has no proper root" % what)
        require(self.origin == key.name, "%s is of another log, %r" % (what, self.origin))


# The bundle ------------------------------------------------------------------


class Bundle:
    """The files of a bundle and what the checks, in their order, learn from them."""

    def __init__(self, folder):
        self.folder = folder
        self.files = {}      # Name -> bytes.
        self.documents = {}  # "sha256:..." -> bytes.
        self.parsed = {}     # "sha256:..." -> JSON.
        self.entries = {}    # Sequence -> (leaf bytes, JSON).
        self.reached = set()
        self.notes = []
        self.anchors = []    # What of that which the auditor brought along covers the run.
        self.uncovered = ""  # What the kept checkpoint does not cover, or nothing.

    def file(self, name):
        require(name in self.files, "%s is missing" % name)
        return self.files[name]

    def document(self, digest, kind, why):
        """The document `digest`, which must be of `kind`; marks it as accounted for."""
        require(digest in self.documents, "%s %s is not in the bundle" % (why, digest))
        self.reached.add(digest)
        if digest not in self.parsed:
            self.parsed[digest] = parse_json(self.documents[digest], digest)
        value = self.parsed[digest]
        require(isinstance(value, dict) and value.get("type") == "reprise/%s/v1" % kind,
                "%s %s is not of type reprise/%s/v1" % (why, digest, kind))
        return value

    def of_kind(self, kind):
        for digest in sorted(self.documents):
            if self.documents[digest].startswith(b"{"):
                value = parse_json(self.documents[digest], digest)
                if isinstance(value, dict) and value.get("type") == "reprise/%s/v1" % kind:
                    yield digest, value


def read_files(folder):
    """Name -> bytes of all that lies below `folder`, and the names of folders with nothing in them.

    There may be nothing else than folders and regular files."""
    files, empty, left = {}, [], BUNDLE_BYTES_MAX
    for place, folders, names in os.walk(folder, onerror=fail_to_read):
        folders.sort()
        if not names and not folders:
            empty.append(os.path.relpath(place, folder).replace(os.sep, "/"))
        for name in sorted(names) + [n for n in folders if os.path.islink(os.path.join(place, n))]:
            path = os.path.join(place, name)
            relative = os.path.relpath(path, folder).replace(os.sep, "/")
            require(os.path.isfile(path) and not os.path.islink(path),
                    "%r is no regular file" % relative)
            with open(path, "rb") as file:
                data = file.read(min(FILE_BYTES_MAX, left) + 1)
            require(len(data) <= FILE_BYTES_MAX and len(data) <= left,
                    "%r is larger than anything in a bundle" % relative)
            require(len(files) < FILES_MAX, "there are more files than in any bundle")
            left -= len(data)
            files[relative] = data
    return files, empty


def fail_to_read(error):
    raise Failed("%r cannot be read: %s" % (error.filename, error.strerror))


def check_files(bundle, _):
    """Every file is listed in SHA256SUMS, and every listed file is as it says."""
    require(os.path.isdir(bundle.folder), "there is no folder %r" % bundle.folder)
    bundle.files, empty = read_files(bundle.folder)
    listed = set()
    for line in bundle.file("SHA256SUMS").decode("utf-8").rstrip("\n").split("\n"):
        match = re.fullmatch(r"([0-9a-f]{64})  ([!-~]+)", line)
        require(match, "SHA256SUMS has a malformed line, %r" % line)
        checksum, name = match.groups()
        # Names are compared and never opened, so that "../" in one leads nowhere.
        require(name in bundle.files, "%s is listed in SHA256SUMS and is missing" % name)
        require(name not in listed, "%s is listed twice in SHA256SUMS" % name)
        require(hashlib.sha256(bundle.files[name]).hexdigest() == checksum,
                "%s is not what SHA256SUMS says: it was changed" % name)
        listed.add(name)
    extra = sorted(set(bundle.files) - listed - {"SHA256SUMS", "SHA256SUMS.sig"}) + empty
    require(not extra, "not listed in SHA256SUMS: %s" % ", ".join(map(repr, extra)))
    return "%d files are as listed" % len(listed)


def check_signature(bundle, _):
    """The log's key signed SHA256SUMS."""
    bundle.key = Key(bundle.file("keys/checkpoint.vkey").decode("utf-8"))
    text = open_note(bundle.file("SHA256SUMS.sig"), bundle.key, "SHA256SUMS.sig")
    lines = text.split("\n")
    require(len(lines) == 4 and lines[0] == BUNDLE_NOTE, "SHA256SUMS.sig is of another kind")
    bundle.run_id = lines[1]
    require(lines[2] == digest_name(bundle.file("SHA256SUMS")),
            "SHA256SUMS is not the one that was signed")
    return "SHA256SUMS is signed by %s" % bundle.key.name


def check_checkpoint(bundle, _):
    """The log's key signed its size and root."""
    bundle.checkpoint = Checkpoint(bundle.file("log/checkpoint"), bundle.key, "log/checkpoint")
    return "%d entries, signed by %s" % (bundle.checkpoint.size, bundle.key.name)


def read_entry(leaf, sequence):
    what = "ledger entry %d" % sequence
    entry = parse_json(leaf, what)
    require(member(entry, "type", str, what) == "reprise/ledger-entry/v1",
            "%s is of another type" % what)
    require(member(entry, "sequence", int, what) == sequence,
            "%s says that it is number %s: entries were reordered, dropped or inserted"
            % (what, entry["sequence"]))
    for key in ("time", "kind", "subject", "actor", "payload"):
        member(entry, key, str, what)
    return entry


def check_ledger(bundle, options):
    """All entries of the log give the signed root."""
    checkpoint = bundle.checkpoint
    if "log/headers.jsonl" not in bundle.files:
        require(options.accept_proofs_only,
                "the bundle does not list the whole log, so whether an event was left out cannot "
                "be checked; --accept-proofs-only accepts that")
        bundle.notes.append("the bundle has proofs only: events may have been left out of it")
        bundle.leaves = None
        return "not listed (proofs only)"
    lines = bundle.files["log/headers.jsonl"].split(b"\n")
    require(lines.pop() == b"", "log/headers.jsonl does not end with a newline")
    last = {}
    for sequence, leaf in enumerate(lines):
        entry = read_entry(leaf, sequence)
        require(entry.get("previous") == last.get(entry["subject"]),
                "ledger entry %d does not follow the one before it about %r"
                % (sequence, entry["subject"]))
        last[entry["subject"]] = sequence
        bundle.entries[sequence] = (leaf, entry)
    require(len(lines) == checkpoint.size,
            "log/headers.jsonl has %d entries and the checkpoint covers %d: events were dropped or "
            "inserted" % (len(lines), checkpoint.size))
    bundle.leaves = [leaf_hash(leaf) for leaf in lines]
    require(root_of(bundle.leaves) == checkpoint.root,
            "the entries in log/headers.jsonl do not give the signed root: an event was changed, "
            "backdated, reordered, dropped or inserted")
    return "all %d entries give the signed root" % len(lines)


def check_proofs(bundle, _):
    """Each inclusion proof leads to the signed root."""
    names = [name for name in sorted(bundle.files) if name.startswith("proofs/")]
    for name in names:
        proof = parse_json(bundle.files[name], name)
        leaf = from_base64(member(proof, "entry", str, name))
        index, size = member(proof, "index", int, name), member(proof, "size", int, name)
        require(name == "proofs/%d.json" % index, "%s proves another entry, %d" % (name, index))
        require(member(proof, "checkpoint", str, name).encode() == bundle.files["log/checkpoint"]
                and size == bundle.checkpoint.size, "%s is for another checkpoint" % name)
        path = [from_base64(text) for text in member(proof, "path", list, name)]
        require(root_from_path(index, size, leaf_hash(leaf), path) == bundle.checkpoint.root,
                "%s does not lead to the signed root" % name)
        known = bundle.entries.setdefault(index, (leaf, read_entry(leaf, index)))
        require(known[0] == leaf, "%s proves an entry that log/headers.jsonl has otherwise" % name)
    require(names, "there are no proofs")
    return "%d proofs lead to the signed root" % len(names)


def check_documents(bundle, _):
    """Each document's name is the SHA-256 of its bytes."""
    for name in sorted(bundle.files):
        match = re.fullmatch(r"documents/([0-9a-f]{64})\.(json|patch)", name)
        if not match:
            require(not name.startswith("documents/"), "%s is not named as a document" % name)
            continue
        digest = "sha256:" + match.group(1)
        require(digest_name(bundle.files[name]) == digest,
                "%s does not have the content that its name says" % name)
        bundle.documents[digest] = bundle.files[name]
    require(bundle.documents, "there are no documents")
    return "%d documents have the names that their bytes give" % len(bundle.documents)


def reach_tree(bundle, digest, why):
    pending = [digest]
    while pending:
        digest = pending.pop()
        if digest in bundle.reached:
            continue
        for entry in member(bundle.document(digest, "tree", why), "entries", list, digest):
            if entry.get("kind") == "folder":
                pending.append(member(entry, "digest", str, digest))


def check_runs(bundle, _):
    """Each run is in the ledger, and everything that its record names is here."""
    report = parse_json(bundle.file("report.json"), "report.json")
    bundle.report = report
    bundle.runs = {}  # Id -> (digest, run document, recipe document or None).
    for digest, run in bundle.of_kind("run"):
        bundle.reached.add(digest)
        identity = member(run, "id", str, digest)
        require(identity not in bundle.runs, "run %s has two documents" % identity)
        entries = [e for _, e in bundle.entries.values()
                   if e["kind"] == "run" and e["subject"] == identity]
        require(len(entries) == 1, "the ledger has %d entries for run %s and must have one"
                % (len(entries), identity))
        require(entries[0]["payload"] == digest,
                "the document of run %s is not the one in the ledger, %s"
                % (identity, entries[0]["payload"]))
        recipe = None
        if run.get("recipe"):
            recipe = bundle.document(run["recipe"], "recipe", "the recipe of run %s" % identity)
            if recipe.get("code"):
                reach_tree(bundle, recipe["code"], "the code of run %s" % identity)
            if recipe.get("environment"):
                bundle.document(recipe["environment"], "environment",
                                "the environment of run %s" % identity)
        if run.get("code"):
            code = bundle.document(run["code"], "code", "the code of run %s" % identity)
            reach_tree(bundle, member(code, "tree", str, "the code"),
                       "the code of run %s" % identity)
            if code.get("patch"):
                require(code["patch"] in bundle.documents,
                        "the patch of run %s is not in the bundle" % identity)
                bundle.reached.add(code["patch"])
        for use in (recipe or {}).get("inputs", []) + member(run, "outputs", list, digest):
            if use.get("kind") == "folder":
                reach_tree(bundle, use["digest"],
                           "the folder %r of run %s" % (use["path"], identity))
        bundle.runs[identity] = (digest, run, recipe)
    main = member(member(report, "run", dict, "report.json"), "id", str, "report.json")
    require(main == bundle.run_id, "report.json is about another run than the signature")
    require(main in bundle.runs, "run %s is not in the bundle" % main)
    return "%d runs are in the ledger as they are here" % len(bundle.runs)


def check_events(bundle, _):
    """Everything that the ledger says about the run and its lineage is here."""
    nodes = member(member(bundle.report, "lineage", dict, "report.json"), "nodes", list, "lineage")
    bundle.subjects = {member(node, "id", str, "lineage") for node in nodes} | set(bundle.runs)
    bundle.about = []
    for sequence in sorted(bundle.entries):
        leaf, entry = bundle.entries[sequence]
        if entry["subject"] not in bundle.subjects:
            continue
        require(entry["payload"] in bundle.documents,
                "ledger entry %d about %s has no document here: an event was left out"
                % (sequence, entry["subject"]))
        document = bundle.document(entry["payload"], entry["kind"],
                                   "the document of ledger entry %d" % sequence)
        bundle.about.append((sequence, leaf, entry, document))
        if entry["kind"] == "verdict":
            require(document.get("original") == entry["subject"],
                    "the verdict of ledger entry %d is about another run" % sequence)
    extra = sorted(set(bundle.documents) - bundle.reached)
    require(not extra, "nothing refers to these documents: %s" % ", ".join(extra))
    return "%d events about %d runs and artifacts" % (len(bundle.about), len(bundle.subjects))


def digest_at(bundle, uses, path):
    """The digests that `uses` give the raw `path`, following folders into their trees."""
    found = set()
    for use in uses:
        start = raw(use["path"])
        if start == path:
            found.add(use["digest"])
            continue
        prefix = b"" if start in (b"", b".") else start + b"/"
        if use["kind"] != "folder" or not path.startswith(prefix):
            continue
        digest = use["digest"]
        for name in path[len(prefix):].split(b"/"):
            entries = bundle.parsed.get(digest, {}).get("entries", [])
            digest = next((e.get("digest") for e in entries if raw(e["name"]) == name), None)
        found.add(digest)
    return found


def edge_of(value):
    """An edge of report.json as (from, to, kind, raw path)."""
    start, end, kind = (member(value, key, str, "an edge") for key in ("from", "to", "kind"))
    return start, end, kind, raw(value.get("path"))


def check_edge(bundle, edge):
    """The edge follows from the record of its run."""
    start, end, kind, path = edge
    what = "the edge %s from %s to %s" % (kind, start, end)
    require(start in bundle.subjects and end in bundle.subjects, "%s leads nowhere" % what)
    identity = start if kind == "produced" else end
    require(identity in bundle.runs, "%s belongs to no run of the bundle" % what)
    _, run, recipe = bundle.runs[identity]
    if kind == "used":
        holds = start in digest_at(bundle, (recipe or {}).get("inputs", []), path)
    elif kind == "produced":
        holds = end in digest_at(bundle, run["outputs"], path)
    else:
        holds = kind in ("reproduces", "derived_from") and run.get(kind) == start and not path
    require(holds, "%s does not follow from the record of run %s" % (what, identity))


def check_reruns(bundle):
    """Runs listed as reruns are some, and those that verdicts name are here; returns the former."""
    listed = {member(run, "id", str, "a rerun")
              for run in member(bundle.report, "reruns", list, "report.json")}
    named = {identity for _, _, entry, document in bundle.about
             if entry["kind"] == "verdict" and entry["subject"] == bundle.run_id
             for identity in document["reruns"] + [document["rerun"]]}
    for identity in sorted(listed | named):
        require(identity in bundle.runs,
                "run %s, which a verdict names as a rerun, was left out of the bundle" % identity)
        require(bundle.runs[identity][1].get("reproduces") == bundle.run_id,
                "run %s is no rerun of %s by its record" % (identity, bundle.run_id))
    return listed


def demanded_edges(bundle, reruns):
    """The edges that must be there by the records of the runs: what the run wrote, its reruns, and
    upstream of it all that was read, with whoever of the bundle wrote that, and all origins."""
    written = {}
    for identity, (_, run, _) in bundle.runs.items():
        for use in run["outputs"]:
            edge = (identity, use["digest"], "produced", raw(use["path"]))
            written.setdefault(use["digest"], set()).add(edge)
    demanded = {edge for edges in written.values() for edge in edges if edge[0] == bundle.run_id}
    demanded |= {(bundle.run_id, identity, "reproduces", b"") for identity in reruns}
    pending, walked = [identity for identity in bundle.runs if identity not in reruns], set()
    while pending:
        identity = pending.pop()
        if identity in walked or identity not in bundle.runs:
            continue
        walked.add(identity)
        _, run, recipe = bundle.runs[identity]
        into = {(run[kind], identity, kind, b"")
                for kind in ("reproduces", "derived_from") if run.get(kind)}
        for use in (recipe or {}).get("inputs", []):
            demanded.add((use["digest"], identity, "used", raw(use["path"])))
            into |= written.get(use["digest"], set())
        demanded |= into
        pending += [start for start, _, _, _ in into]
    return demanded


def check_nodes(bundle, edges):
    """The nodes are the runs of the bundle and artifacts, and edges join them all to the run."""
    nodes = bundle.report["lineage"]["nodes"]
    kinds = {node["id"]: node.get("kind") for node in nodes}
    require(len(kinds) == len(nodes), "a node of the lineage is there twice")
    for identity in sorted(bundle.subjects):
        kind = "run" if identity in bundle.runs else "artifact"
        require(kinds.get(identity) == kind, "%s is not in the lineage as %s" % (identity, kind))
        require(kind == "run" or re.fullmatch("sha256:[0-9a-f]{64}", identity),
                "%s is in the lineage, and no such run is in the bundle" % identity)
    into = {}
    for start, end, _, _ in edges:
        into.setdefault(end, []).append(start)
    pending, joined = [bundle.run_id], set()
    while pending:
        identity = pending.pop()
        if identity not in joined:
            joined.add(identity)
            pending += into.get(identity, [])
    joined |= {end for start, end, _, _ in edges if start == bundle.run_id}
    require(joined >= bundle.subjects, "no edges join the run and %s: they were left out"
            % ", ".join(sorted(bundle.subjects - joined)))


def check_lineage(bundle, _):
    """The lineage is what the records of its runs say, and none of their edges was left out."""
    listed = member(bundle.report["lineage"], "edges", list, "lineage")
    edges = set(map(edge_of, listed))
    require(len(edges) == len(listed), "an edge of the lineage is there twice")
    for edge in sorted(edges):
        check_edge(bundle, edge)
    for start, end, kind, _ in sorted(demanded_edges(bundle, check_reruns(bundle)) - edges):
        raise Failed("the edge %s from %s to %s was left out of the lineage" % (kind, start, end))
    check_nodes(bundle, edges)
    return "%d edges, which are those that the records give" % len(edges)


def plain(parameter):
    """A typed parameter of a recipe as report.json shows it."""
    kind, text = parameter["type"], parameter["value"]
    if kind == "int":
        return int(text) if abs(int(text)) <= 2 ** 53 else text
    if kind == "real":
        return text if text in ("NaN", "Infinity", "-Infinity") else float(text)
    if kind == "bool":
        return text == "true"
    return json.loads(text) if kind == "json" else text


def expected_run(bundle, identity):
    """What report.json must say of a run, from its documents."""
    digest, run, recipe = bundle.runs[identity]
    recipe = recipe or {}
    code = bundle.parsed[run["code"]] if run.get("code") else None
    tags = dict(run["tags"])
    notes = [{"time": run["started_at"], "actor": run["actor"], "text": text}
             for text in run["notes"]]
    for number, _, entry, document in bundle.about:
        if entry["subject"] != identity:
            continue
        if entry["kind"] == "run":
            sequence = number
        elif entry["kind"] == "tags":
            tags.update(document["tags"])
        elif entry["kind"] == "note":
            notes.append({"time": entry["time"], "actor": entry["actor"],
                          "text": document["text"]})
    metrics = {key: {name: value[name] for name in ("count", "last", "min", "max", "last_step")}
               for key, value in run["metrics"].items()}
    expected = {key: run.get(key) for key in (
        "id", "name", "experiment", "status", "exit_code", "signal", "started_at", "ended_at",
        "recipe", "capture", "outputs", "missing_outputs", "host", "actor", "redacted", "warnings",
        "reproduces", "derived_from")}
    expected.update({
        "document": digest, "ledger_sequence": sequence, "tags": tags, "notes": notes,
        "command": recipe.get("command", []),
        "working_directory": recipe.get("working_directory", ""),
        "params": {k: plain(v) for k, v in recipe.get("parameters", {}).items()},
        "environment": recipe.get("environment"), "inputs": recipe.get("inputs", []),
        "metrics": metrics, "code": code and {k: code[k] for k in (
            "commit", "branch", "dirty", "tree", "patch")}})
    return expected


def check_reported_runs(bundle, reported):
    """report.json says of each run what its documents and the ledger say, and nothing more."""
    require(sorted(run["id"] for run in reported) == sorted(bundle.runs),
            "report.json has other runs than the documents")
    for run in reported:
        expected = expected_run(bundle, run["id"])
        require(run.keys() == expected.keys(), "report.json has other members for run %s: %s"
                % (run["id"], ", ".join(sorted(run.keys() ^ expected.keys()))))
        for key, value in expected.items():
            require(same(run[key], value),
                    "report.json says %r of run %s where its documents say %r, in %r"
                    % (run[key], run["id"], value, key))


def expected_ledger(bundle):
    """What report.json must say of the ledger: its state, the events and the verdicts."""
    events = [{"sequence": s, "time": e["time"], "kind": e["kind"], "subject": e["subject"],
               "actor": e["actor"], "payload": e["payload"], "leaf_hash": leaf_hash(l).hex()}
              for s, l, e, _ in bundle.about]
    verdicts = [{"sequence": s, "time": e["time"], "actor": e["actor"], "document": e["payload"],
                 "verdict": d} for s, _, e, d in bundle.about
                if e["kind"] == "verdict" and e["subject"] == bundle.run_id]
    ledger = {"origin": bundle.checkpoint.origin, "size": bundle.checkpoint.size,
              "root": base64.b64encode(bundle.checkpoint.root).decode(), "key": bundle.key.text,
              "key_sha256": bundle.key.fingerprint(),
              "listed": "proofs_only" if bundle.leaves is None else "all"}
    return {"events": events, "verdicts": verdicts, "ledger": ledger,
            "store": bundle.checkpoint.origin[len("reprise/"):], "type": "reprise/audit-report/v1"}


def check_report(bundle, _):
    """report.json says what the documents and the ledger say."""
    report = bundle.report
    reported = [report["run"]] + report["upstream"] + report["reruns"]
    check_reported_runs(bundle, reported)
    expected = expected_ledger(bundle)
    for key, value in expected.items():
        require(same(report.get(key), value),
                "the member %r of report.json is not what the ledger says" % key)
    checked = {"run", "upstream", "reruns", "lineage", "series_left_out"} | expected.keys()
    extra = report.keys() - checked - set(REPORT_ONLY_SAYS)
    require(not extra, "report.json has other members: %s" % ", ".join(sorted(extra)))
    return "report.json agrees with %d runs and %d events" % (
        len(reported), len(expected["events"]))


def cell(value):
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def read_csv(bundle, name, columns):
    text = bundle.file("data/%s.csv" % name).decode("utf-8")
    csv.field_size_limit(FILE_BYTES_MAX)  # Of itself it stops at 128 KiB; parameters may be longer.
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    require(rows and rows[0] == columns, "data/%s.csv has other columns" % name)
    return rows[1:]


def equal_cell(text, value):
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return float(text) == value
        except ValueError:
            return False
    return text == ("" if value is None else cell(value))


def check_tables(bundle, _):
    """The tables in data/ hold the same cells as report.json."""
    run = bundle.report["run"]
    metrics = [dict(value, key=key) for key, value in run["metrics"].items()]
    parameters = (bundle.runs[bundle.run_id][2] or {}).get("parameters", {})
    tables = {
        "params": (["key", "type", "value"], [dict(v, key=k) for k, v in parameters.items()]),
        "metrics": (["key", "count", "last", "min", "max", "last_step"], metrics),
        "inputs": (["path", "role", "kind", "digest", "size_bytes"], run["inputs"]),
        "outputs": (["path", "role", "kind", "digest", "size_bytes"], run["outputs"]),
        "events": (["sequence", "time", "actor", "kind", "subject", "payload", "leaf_hash"],
                   bundle.report["events"])}
    for name, (columns, records) in tables.items():
        rows = read_csv(bundle, name, columns)
        if name in ("params", "metrics"):
            rows.sort()
            records = sorted(records, key=lambda record: record["key"])
        require(len(rows) == len(records), "data/%s.csv has %d rows for %d records"
                % (name, len(rows), len(records)))
        for number, (row, record) in enumerate(zip(rows, records), 1):
            require(len(row) == len(columns) and all(
                equal_cell(text, record.get(column)) for text, column in zip(row, columns)),
                "data/%s.csv says something else than report.json in row %d" % (name, number))
    return "%d tables agree with report.json" % len(tables)


def check_series(bundle, _):
    """The metric points in data/series.csv are those whose digest the run's record has."""
    _, run, _ = bundle.runs[bundle.run_id]
    points = {}
    for row in read_csv(bundle, "series", ["key", "step", "time", "value", "value_bits"]):
        require(len(row) == 5, "data/series.csv has a malformed row")
        bits = int(row[4], 16)
        value = struct.unpack("<d", struct.pack("<Q", bits))[0]
        require(float(row[3]) == value or value != value and row[3] == "NaN",
                "data/series.csv shows a number that is not the one of its bits")
        points.setdefault(row[0], []).append(struct.pack("<qQ", int(row[1]), bits))
    left_out = set(member(bundle.report, "series_left_out", list, "report.json"))
    require(set(points) | left_out == set(run["metrics"]) and not set(points) & left_out,
            "data/series.csv has other metrics than the run")
    for key, rows in points.items():
        content = b"reprise/metric-series-values/v1\n" + b"".join(rows)
        require(digest_name(content) == run["metrics"][key]["values"],
                "the points of metric %r are not those that the run recorded" % key)
    if left_out:
        bundle.notes.append("the points of %s are not in the bundle" % ", ".join(sorted(left_out)))
    return "the points of %d metrics are those recorded" % len(points)


def read_brought(path):
    """A file that the auditor named."""
    try:
        with open(path, "rb") as file:
            return file.read(FILE_BYTES_MAX)
    except OSError as error:
        raise Failed("%r cannot be read: %s" % (path, error.strerror)) from error


def check_trusted_key(bundle, options):
    """The log's key is among those that the auditor trusts."""
    wanted = list(options.trust)
    for path in options.trusted_keys:
        lines = read_brought(path).decode("utf-8", "replace").split("\n")
        wanted += [line.strip() for line in lines if line.strip() and line[0] != "#"]
    require(not options.trusted_keys or wanted, "the file of trusted keys holds none")
    if wanted:
        require(bundle.key.text in wanted or bundle.key.fingerprint() in wanted,
                "the log is signed by a key that you do not trust: %s" % bundle.key.text)
        bundle.anchors.append("a key that you trust")


def check_kept_checkpoint(bundle, path):
    """The log begins with what the kept checkpoint covers."""
    since = Checkpoint(read_brought(path), bundle.key, "the checkpoint that you kept")
    require(since.size > 0,
            "the checkpoint that you kept is of the empty log, with which every log begins: it "
            "proves nothing")
    require(since.size <= bundle.checkpoint.size,
            "the log was cut off: you kept a checkpoint of %d entries, and it has %d"
            % (since.size, bundle.checkpoint.size))
    require(bundle.leaves is not None,
            "with proofs only, nothing can be said about the checkpoint that you kept")
    require(root_of(bundle.leaves[:since.size]) == since.root,
            "the log was rewritten: its first %d entries are not those of the checkpoint that "
            "you kept" % since.size)
    return since


def judge_coverage(bundle, since):
    """Whether the kept checkpoint anchors the run: it says nothing of the entries after it, which
    whoever has the key can still write anew."""
    later = [entry for sequence, _, entry, _ in bundle.about if sequence >= since.size]
    if any(e["kind"] == "run" and e["subject"] == bundle.run_id for e in later):
        bundle.uncovered = ("the run was recorded after the checkpoint that you kept, of %d "
                            "entries, which does not anchor it" % since.size)
        return
    bundle.anchors.append("the checkpoint that you kept, of %d entries" % since.size)
    if later:
        kinds = sorted(entry["kind"] for entry in later)
        bundle.uncovered = (
            "of the events about the run and its lineage, %d came after that checkpoint, which "
            "does not anchor them: %s" % (len(later), ", ".join(
                "%s (%d)" % (kind, kinds.count(kind)) for kind in sorted(set(kinds)))))


def check_anchor(bundle, options):
    """What you brought along: a trusted key, a kept checkpoint."""
    check_trusted_key(bundle, options)
    if options.since:
        judge_coverage(bundle, check_kept_checkpoint(bundle, options.since))
    return ", ".join(bundle.anchors) or bundle.uncovered or "none given"


CHECKS = [("files", check_files), ("signature", check_signature), ("checkpoint", check_checkpoint),
          ("ledger", check_ledger), ("proofs", check_proofs), ("documents", check_documents),
          ("runs", check_runs), ("events", check_events), ("lineage", check_lineage),
          ("report", check_report), ("tables", check_tables), ("series", check_series),
          ("anchor", check_anchor)]


def conclusion(bundle):
    """What a bundle that passed every check is worth."""
    if bundle.anchors:
        text = "verified, anchored by %s" % " and ".join(bundle.anchors)
    else:
        text = ("self-consistent, unanchored: the bundle agrees with itself; compare the "
                "fingerprint with one that you got elsewhere, or use --trust or --since")
    return text + ("; " + bundle.uncovered if bundle.uncovered else "")


def verify(folder, options, say=print):
    """Makes the checks in order, stops at the first that fails, and returns its name or None."""
    bundle = Bundle(folder)
    for name, check in CHECKS:
        try:
            said = check(bundle, options)
        except Failed as failure:
            say("FAILED  %-10s %s" % (name, printable(str(failure))))
            return name
        except Exception as error:  # Malformed input of a kind that nobody thought of.
            say("FAILED  %-10s malformed: %s: %s"
                % (name, type(error).__name__, printable(str(error))))
            return name
        say("ok      %-10s %s" % (name, printable(said)))
    say("")
    say("key     %s" % bundle.key.text)
    say("        fingerprint %s" % bundle.key.fingerprint())
    for note in bundle.notes:
        say("note    %s" % printable(note))
    say("result  %s" % printable(conclusion(bundle)))
    return None


def parse_options(arguments):
    parser = argparse.ArgumentParser(description="Checks an audit bundle of Reprise, offline.")
    parser.add_argument("bundle", nargs="?", default=os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("--trust", metavar="KEY", action="append", default=[])
    parser.add_argument("--trusted-keys", metavar="FILE", action="append", default=[])
    parser.add_argument("--since", metavar="CHECKPOINT")
    parser.add_argument("--accept-proofs-only", action="store_true")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    OPTIONS = parse_options(sys.argv[1:])
    sys.exit(1 if verify(OPTIONS.bundle, OPTIONS) else 0)
