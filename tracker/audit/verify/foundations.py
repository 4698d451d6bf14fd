"""Checks an audit bundle of Reprise, offline and without Reprise.

usage: python3 verify.py [BUNDLE] [--trust KEY]... [--trusted-keys FILE]
                         [--since CHECKPOINT] [--accept-proofs-only]
                         [--witness KEY]... [--quorum N] [--tsa-ca FILE]

  BUNDLE               the bundle's folder (default: where this script lies)
  --trust KEY          a verifier key (NAME+ID+BASE64) or its fingerprint
                       (sha256:HEX), which you got from somewhere else
  --trusted-keys FILE  a file with one such key on each line; also keys of people
                       that you know: PEM, or their fingerprints (HEX)
  --since CHECKPOINT   a checkpoint of this log that you kept earlier: nothing
                       that it covers may have been changed since.  It anchors a
                       run only if it was made after the run was recorded
  --accept-proofs-only accept a bundle that does not list the whole log
  --witness KEY        the verifier key of a witness that you trust: a checkpoint
                       in the bundle must have its cosignature
  --quorum N           N of these witnesses suffice (default: all of them)
  --tsa-ca FILE        certificates (PEM) of time stamping authorities that you
                       trust: the time stamps in the bundle must lead to them

Needs Python 3.7 or newer and the openssl command, 3.0 or newer (for Ed25519
signatures).  Exit status: 0 all checks passed; 1 a check failed or could not be
made.  Keys inside of a bundle prove nothing: whoever can forge a bundle can put
a key into it.  Where neither --trust nor --since anchors the run, the result is
"self-consistent, unanchored".  Where the log's key was replaced, --trust takes
any of its keys: each vouched for the next.

The formats are described in docs/formats/bundle.md of Reprise.  Merkle tree:
RFC 6962.  Checkpoint: C2SP tlog-checkpoint and signed-note.  Cosignatures: C2SP
tlog-cosignature.  Time stamps: RFC 3161.
"""

import sys

if __name__ == "__main__" and not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
    del sys.path[0]  # This folder: no module is taken from it, for somebody may have put one there.

import argparse
import base64
import bisect
import calendar
import csv
import datetime
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
MEMBERS_MAX = 100000  # Of more than that a store need not know what lies in which folder.
# What tells nothing of where it came from: no bytes, and a folder with nothing in it.
EMPTY_FILE = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
EMPTY_FOLDER = "sha256:7bad16c0f3ff88c3a48fe0b85339c753eba4cb0654995f7c166d986571785838"
SPKI_ED25519 = bytes.fromhex("302a300506032b6570032100")
# No document bears these out.
REPORT_ONLY_SAYS = ("reprise_version", "requirements", "missing", "limits")
BUNDLE_NOTE = "reprise audit bundle v1"
KEY_NOTE = "reprise checkpoint key v1"
WITNESS = 4  # The algorithm "cosignature/v1" of verifier keys.


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


def canonical(value):
    """JSON in the form of RFC 8785, of which there is one for each value."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{%s}" % ",".join("%s:%s" % (canonical(n), canonical(value[n])) for n in names)
    if isinstance(value, list):
        return "[%s]" % ",".join(map(canonical, value))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return canonical_number(float(value))
    return json.dumps(value, ensure_ascii=False)


def canonical_number(number):
    """As ECMAScript's Number::toString writes it."""
    if abs(number) < 2 ** 53 and number == int(number):
        return str(int(number))
    mantissa, _, exponent = ("%r" % abs(number)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    place = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if len(digits) <= place <= 21:
        text = digits + "0" * (place - len(digits))
    elif 0 < place <= 21:
        text = digits[:place] + "." + digits[place:]
    elif -6 < place <= 0:
        text = "0." + "0" * -place + digits
    else:
        text = "%s%se%+d" % (digits[0], "." + digits[1:] if digits[1:] else "", place - 1)
    return ("-" if number < 0 else "") + text


def require_form(value, data, members, what):
    """`value`, which `data` was parsed to, has just these members, and the form in which Reprise
    writes it."""
    require_members(value, members, what)
    require(canonical(value).encode("utf-8") == data, "%s is not in canonical form" % what)


def require_members(value, members, what):
    require(isinstance(value, dict) and set(value) == set(members),
            "%s has other members than %s" % (what, ", ".join(members)))


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


def first_difference(said, true, place, what):
    """Of what one JSON value says and another, where they differ first: the former's, what they
    are about, the latter's, and the place."""
    if isinstance(said, dict) and isinstance(true, dict) and said.keys() == true.keys():
        inner = sorted(said)
    elif isinstance(said, list) and isinstance(true, list) and len(said) == len(true):
        inner = range(len(said))
    else:
        return said, what, true, place
    for key in inner:
        if not same(said[key], true[key]):
            return first_difference(said[key], true[key], "%s.%s" % (place, key), what)
    return said, what, true, place


# Merkle tree (RFC 6962 section 2.1) ------------------------------------------


def leaf_hash(leaf):
    return sha256(b"\0" + leaf)


def node_hash(left, right):
    return sha256(b"\1" + left + right)


def roots_of(leaves, sizes):
    """Size -> the root over so many of the leaf hashes, by one stack of complete subtrees."""
    stack, roots, wanted = [], {}, set(sizes)

    def keep(size):
        if size in wanted:
            root = stack[-1] if stack else sha256(b"")
            for left in reversed(stack[:-1]):
                root = node_hash(left, root)
            roots[size] = root
    keep(0)
    for size, leaf in enumerate(leaves, 1):
        stack.append(leaf)
        number = size
        while number % 2 == 0:
            right = stack.pop()
            stack.append(node_hash(stack.pop(), right))
            number //= 2
        keep(size)
    return roots


def root_of(leaves):
    """The root over leaf hashes."""
    return roots_of(leaves, [len(leaves)])[len(leaves)]


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


def roots_from_consistency(size1, size2, root1, path):
    """The roots of both sizes that a consistency proof leads to (RFC 9162 section 2.1.4.2)."""
    require(0 < size1 <= size2, "a consistency proof is for sizes that the log has not")
    node, last, path = size1 - 1, size2 - 1, list(path)
    while node & 1:
        node, last = node >> 1, last >> 1
    if size1 == size2:
        require(not path, "a consistency proof is too long")
        return root1, root1
    if node == 0:
        old = new = root1
    else:
        require(path, "a consistency proof is too short")
        old = new = path.pop(0)
    for sibling in path:
        require(last > 0, "a consistency proof is too long")
        if node & 1 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not node & 1 and node > 0:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    require(last == 0, "a consistency proof is too short")
    return old, new


# Keys and signed notes -------------------------------------------------------


class Key:
    """A C2SP verifier key; a witness' has another algorithm than a log's."""

    def __init__(self, text, algorithm=1):
        self.text = text.strip()
        parts = self.text.split("+", 2)
        require(len(parts) == 3 and re.fullmatch(r"[!-~]+", self.text),
                "%r is no verifier key (NAME+ID+KEY)" % self.text)
        typed = from_base64(parts[2])
        require(len(typed) == 33 and typed[0] == algorithm, "%r is no Ed25519 key of a %s"
                % (self.text, "witness" if algorithm == WITNESS else "log"))
        self.name, self.raw = parts[0], typed[1:]
        self.id = sha256(self.name.encode() + b"\n" + typed)[:4]
        require(self.id.hex() == parts[1], "the id of key %r does not fit it" % self.name)

    def fingerprint(self):
        return digest_name(self.raw)


def openssl(arguments, **files):
    """Exit status and output of the openssl command; each name of `files` among the arguments
    stands for a file with its bytes."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for name, content in files.items():
            paths[name] = os.path.join(folder, name)
            with open(paths[name], "wb") as file:
                file.write(content)
        try:
            result = subprocess.run(["openssl"] + [paths.get(word, word) for word in arguments],
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        except OSError as error:
            raise Failed("signatures cannot be checked: the openssl command does not start (%s)"
                         % error) from error
    return result.returncode, result.stdout.decode("utf-8", "replace")


def openssl_verify(key, message, signature):
    """Whether `signature` is the key's over `message`, by the openssl command."""
    pem = (b"-----BEGIN PUBLIC KEY-----\n" + base64.b64encode(SPKI_ED25519 + key.raw)
           + b"\n-----END PUBLIC KEY-----\n")
    status, output = openssl(
        ["pkeyutl", "-verify", "-pubin", "-inkey", "KEY", "-rawin", "-in", "MESSAGE", "-sigfile",
         "SIGNATURE"], KEY=pem, MESSAGE=message, SIGNATURE=signature)
    require(status == 0 or "Signature Verification Failure" in output,
            "signatures cannot be checked: openssl said %r; version 3.0 or newer is needed"
            % output)
    return status == 0


def openssl_verify_p256(der, message, signature):
    """Likewise for a key on P-256, and a signature in DER."""
    status, output = openssl(["dgst", "-sha256", "-verify", "KEY", "-signature", "SIGNATURE",
                              "MESSAGE"],
                             KEY=pem_of(der).encode(), MESSAGE=message, SIGNATURE=signature)
    require(status == 0 or re.search("verification failure|error verifying data", output, re.I),
            "signatures cannot be checked: openssl said %r" % output)
    return status == 0


def split_note(note, what):
    """The text of a signed note, and its signatures: name, id of the key, signature."""
    require(note.endswith(b"\n") and b"\n\n" in note, "%s is no signed note" % what)
    text, _, lines = note.rpartition(b"\n\n")
    signatures = []
    for line in lines.decode("utf-8").split("\n")[:-1]:
        require(line.startswith(DASH), "%s has a malformed signature line" % what)
        name, _, encoded = line[len(DASH):].partition(" ")
        signature = from_base64(encoded)
        signatures.append((name, signature[:4], signature[4:]))
    return text + b"\n", signatures


def open_note(note, key, what):
    """The text of a signed note; unknown signatures are passed over, as C2SP asks."""
    text, signatures = split_note(note, what)
    verified = False
    for name, key_id, signature in signatures:
        if name != key.name or key_id != key.id:
            continue
        require(openssl_verify(key, text, signature),
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
