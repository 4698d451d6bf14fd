

# Keys of people, and what they signed ---------------------------------------------

SPKI_P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
APPROVAL_TYPE = "urn:reprise:approval:v1"
IN_TOTO = "application/vnd.in-toto+json"
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")


def time_or_none(value, key, what):
    """A time of a document, which compares as text, or None."""
    text = member(value, key, (str, type(None)), what)
    require(text is None or TIME.fullmatch(text), "%s has no proper time %r" % (what, key))
    return text


def escaped(value):
    """A byte string of a document as messages of Reprise show it."""
    text = []
    for c in raw(value).decode("utf-8", "surrogateescape"):
        if 0xdc80 <= ord(c) <= 0xdcff:
            text.append("\\x%02x" % (ord(c) - 0xdc00))
        elif ord(c) < 0x20 or 0x7f <= ord(c) < 0xa0:
            text.append("".join("\\x%02x" % byte for byte in c.encode()))
        else:
            text.append("\\\\" if c == "\\" else c)
    return "".join(text)


def pem_of(der):
    text = base64.b64encode(der).decode()
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN PUBLIC KEY-----"] + lines + ["-----END PUBLIC KEY-----", ""])


def der_of(pem, what):
    """The DER of a public key on P-256, of which there is one form."""
    lines = pem.strip().split("\n")
    require(len(lines) > 2 and lines[0] == "-----BEGIN PUBLIC KEY-----"
            and lines[-1] == "-----END PUBLIC KEY-----", "%s is no public key (PEM)" % what)
    der = from_base64("".join(lines[1:-1]))
    require(len(der) == 91 and der.startswith(SPKI_P256 + b"\4"), "%s is no key on P-256" % what)
    return der


class Person:
    """What the ledger says of a key by which a person signs."""

    def __init__(self, fingerprint):
        self.fingerprint, self.der = fingerprint, None
        self.records = []  # Of reprise/key/v1: sequence, entry, document.
        self.revoked = None

    def add(self, sequence, entry, document):
        what = "ledger entry %d" % sequence
        if document["type"] == "reprise/key-revocation/v1":
            require(document.get("fingerprint") == "sha256:" + self.fingerprint,
                    "%s revokes another key than it says" % what)
            self.revoked = self.revoked or (sequence, entry, document)
            return
        self.der = der_of(member(document, "public_key", str, what), "the key of " + what)
        require(sha256(self.der).hex() == self.fingerprint,
                "%s is about another key than it holds" % what)
        for key in ("owner", "printed_name"):
            member(document, key, str, what)
        member(document, "roles", list, what)
        for key in ("valid_from", "valid_until"):
            time_or_none(document, key, what)
        self.records.append((sequence, entry, document))

    def in_force(self, sequence):
        """The newest document of the key that the ledger had before `sequence`."""
        known = [document for number, _, document in self.records if number < sequence]
        return known[-1] if known else None

    def name(self):
        return self.records[-1][2]["printed_name"]

    def reported(self):
        said = {"recorded_at": "time", "actor": "actor"}
        revoked = self.revoked and dict(
            {key: self.revoked[1][name] for key, name in said.items()},
            reason=self.revoked[2]["reason"], ledger_sequence=self.revoked[0])
        return {"fingerprint": self.fingerprint, "revoked": revoked, "records": [dict(
            {key: document[key] for key in ("owner", "printed_name", "roles", "valid_from",
                                            "valid_until", "reason")},
            ledger_sequence=sequence, **{key: entry[name] for key, name in said.items()})
            for sequence, entry, document in self.records]}


class Signed:
    """An in-toto statement about a version of a model in a DSSE envelope with one signature."""

    def __init__(self, what, sequence, entry, envelope):
        self.what, self.sequence, self.entry = what, sequence, entry
        self.digest = entry["payload"]
        signatures = member(envelope, "signatures", list, what)
        require(member(envelope, "payloadType", str, what) == IN_TOTO and len(signatures) == 1,
                "%s is no in-toto statement with one signature" % what)
        self.key_id = member(signatures[0], "keyid", str, what)
        self.signature = from_base64(member(signatures[0], "sig", str, what))
        payload = from_base64(member(envelope, "payload", str, what))
        self.signed = b"DSSEv1 %d %s %d %s" % (len(IN_TOTO), IN_TOTO.encode(), len(payload),
                                               payload)
        self.is_signed = None  # Not known yet.
        self.read(parse_json(payload, what))

    def why_signature_void(self, person, before=None):
        """Why a signature by the key of `person` counts for nothing, or None; with `before` by what
        the ledger said before that entry.  The rules and words are those of Reprise."""
        if person is None or not person.records:
            return "its key is not trusted"
        if self.is_signed is None:
            self.is_signed = openssl_verify_p256(person.der, self.signed, self.signature)
        if not self.is_signed:
            return "its signature is wrong"
        if person.revoked and (before is None or person.revoked[0] < before):
            return "its key was revoked (%s)" % escaped(person.revoked[2]["reason"])
        key = person.in_force(self.sequence)
        if key is None:
            return "its key was not trusted yet"
        time = self.entry["time"]
        if not (key["valid_from"] or time) <= time or (
                key["valid_until"] and time >= key["valid_until"]):
            return "its key was not valid then"
        return None


class Statement(Signed):
    """What somebody approved, rejected or ordered (docs/formats/statement.md)."""

    def __init__(self, sequence, entry, envelope):
        what = "the statement of ledger entry %d" % sequence
        super().__init__(what, sequence, entry, parse_json(envelope, what))

    def read(self, value):
        subjects = member(value, "subject", list, self.what)
        require(value.get("_type") == STATEMENT_TYPE and len(subjects) == 1
                and value.get("predicateType") == APPROVAL_TYPE,
                "%s is none about a version of a model" % self.what)
        self.name = member(subjects[0], "name", str, self.what)
        self.content = "sha256:" + member(member(subjects[0], "digest", dict, self.what), "sha256",
                                          str, self.what)
        self.said = said = member(value, "predicate", dict, self.what)
        self.signer = member(said, "signer", dict, self.what)
        for key in ("registration", "decision", "meaning", "from", "to", "reason"):
            member(said, key, str, self.what)
        for key in ("printed_name", "owner", "role"):
            member(self.signer, key, str, self.what)
        require(said["decision"] in ("approve", "reject", "override"),
                "%s decides nothing" % self.what)
        self.evidence = [tuple(member(one, key, str, self.what) for key in ("kind", "digest"))
                         for one in member(said, "evidence", list, self.what)]
        time_or_none(said, "expires", self.what)
        require(time_or_none(said, "signed_at", self.what), "%s has no time" % self.what)

    def why_void(self, people, before=None):
        """Why it counts for nothing, or None; with `before` by what the ledger said before that
        entry."""
        person = people.get(self.key_id)
        why = self.why_signature_void(person, before)
        if why:
            return why
        key = person.in_force(self.sequence)
        if self.signer["role"] not in key["roles"]:
            return "its key may not sign as " + escaped(self.signer["role"])
        if any(self.signer[name] != key[name] for name in ("owner", "printed_name")):
            return "it names another person than its key's owner"
        if self.said["signed_at"] > self.entry["time"]:
            return "it says that it was signed later than it was recorded"
        return None

    def reported(self, people):
        said = {key: self.said[key] for key in ("decision", "meaning", "from", "to", "reason",
                                                "policy", "evidence", "signed_at", "expires")}
        return dict(said, digest=self.digest, key=self.key_id, recorded_at=self.entry["time"],
                    ledger_sequence=self.sequence, void=self.why_void(people),
                    **{key: self.signer[key] for key in ("printed_name", "owner", "role")})


class Attestation(Signed):
    """What is signed for other tools (docs/formats/attestation.md)."""

    KINDS = {"https://slsa.dev/provenance/v1": "slsa",
             "https://model_signing/signature/v1.0": "model-signing"}

    def __init__(self, sequence, entry, document):
        what = "the attestation of ledger entry %d" % sequence
        envelope = value = parse_json(document, what)
        if "dsseEnvelope" in value:  # A Sigstore bundle, which names the key itself.
            envelope = member(value, "dsseEnvelope", dict, what)
        super().__init__(what, sequence, entry, envelope)
        require((envelope is value) == (self.kind == "slsa"),
                "%s is no %s file" % (what, self.kind))
        if envelope is not value:
            material = member(value, "verificationMaterial", dict, what)
            self.key_id = member(member(material, "publicKey", dict, what), "hint", str, what)

    def read(self, value):
        subjects = member(value, "subject", list, self.what)
        self.type = member(value, "predicateType", str, self.what)
        self.kind = self.KINDS.get(self.type)
        require(value.get("_type") == STATEMENT_TYPE and self.kind and subjects,
                "%s is none about a version of a model" % self.what)
        self.about = member(subjects[0], "annotations", dict, self.what)
        require(all(member(subject, "annotations", dict, self.what) == self.about
                    for subject in subjects),
                "%s is about several versions" % self.what)
        for key, kind in (("reprise_model", str), ("reprise_version", int),
                          ("reprise_registration", str)):
            member(self.about, key, kind, self.what)
        self.name = "%s@%d" % (self.about["reprise_model"], self.about["reprise_version"])
        self.subjects = [self.named(one, member(one, "digest", dict, self.what).get("sha256"))
                         for one in subjects]
        predicate = member(value, "predicate", dict, self.what)
        resources = [] if self.kind == "slsa" else member(predicate, "resources", list, self.what)
        self.resources = [self.named(one, member(one, "digest", str, self.what))
                          for one in resources]

    def named(self, content, digest):
        require(isinstance(digest, str), "%s names content without its SHA-256" % self.what)
        return {"name": member(content, "name", str, self.what), "digest": "sha256:" + digest}

    def person(self, people):
        if self.kind == "slsa":
            return people.get(self.key_id)
        return next((person for person in people.values() if person.records
                     and sha256(pem_of(person.der).encode()).hex() == self.key_id), None)

    def why_void(self, people):
        """Why it counts for nothing, or None."""
        return self.why_signature_void(self.person(people))

    def reported(self, people):
        person = self.person(people)
        key = person and person.in_force(self.sequence)
        return {"digest": self.digest, "kind": self.kind, "predicate_type": self.type,
                "subjects": self.subjects, "resources": self.resources,
                "key": key and person.fingerprint,
                "printed_name": key and key["printed_name"], "owner": key and key["owner"],
                "recorded_at": self.entry["time"], "ledger_sequence": self.sequence,
                "void": self.why_void(people)}


def read_signed(bundle):
    """What people signed, by version: statements, and attestations."""
    bundle.signed, bundle.attested = {}, {}
    for sequence, _, entry, _ in bundle.about:
        if entry["kind"] == "statement":
            one = Statement(sequence, entry, bundle.envelopes[entry["payload"]])
            known = bundle.signed
            name = "%s@%d" % (member(one.said, "model", str, one.what),
                              member(one.said, "version", int, one.what))
        elif entry["kind"] == "attestation":
            one = Attestation(sequence, entry, bundle.attestations[entry["payload"]])
            name, known = one.name, bundle.attested
        else:
            continue
        require(one.name == entry["subject"] == name, "%s is about %s, and was recorded about %s: "
                "it was moved" % (one.what, one.name, entry["subject"]))
        known.setdefault(entry["subject"], []).append(one)


def check_people(bundle, _):
    """The keys of people are those of the ledger, and what they signed is as it says."""
    bundle.people = {}  # By fingerprint.
    for sequence, _, entry, document in bundle.about:
        if entry["kind"] == "key":
            fingerprint = entry["subject"][len("key:"):]
            bundle.people.setdefault(fingerprint, Person(fingerprint)).add(
                sequence, entry, document)
    read_signed(bundle)
    known = [person for person in bundle.people.values() if person.records]
    names = {"keys/people/%s.pem" % person.fingerprint: pem_of(person.der).encode()
             for person in known}
    require_files(bundle, "keys/people/", names, "a key that the ledger does not know")
    for name, pem in names.items():
        require(bundle.files[name] == pem, "%s is not the key that the ledger has" % name)
    statements, attestations = (
        [one for many in signed.values() for one in many]
        for signed in (bundle.signed, bundle.attested))
    for one in statements + attestations:
        why = one.why_void(bundle.people)
        if why:
            who = one.reported(bundle.people)["printed_name"] or "somebody"
            bundle.notes.append("%s by %s counts for nothing: %s" % (one.what, who, why))
    require_files(bundle, "attest/",
                  {"attest/%s.dsse.json" % one.digest[7:] for one in statements}
                  | {"attest/%s.json" % one.digest[7:] for one in attestations},
                  "a statement that is not in the ledger")
    text = "%d keys of people, %d signed statements" % (len(known), len(statements))
    return text + (", %d attestations" % len(attestations) if attestations else "")


def require_files(bundle, folder, names, what):
    """The files in `folder` are exactly `names`."""
    there = {name for name in bundle.files if name.startswith(folder)}
    missing, extra = sorted(set(names) - there), sorted(there - set(names))
    require(not missing, "%s is missing" % ", ".join(missing))
    require(not extra, "%s holds %s" % (", ".join(extra), what))
