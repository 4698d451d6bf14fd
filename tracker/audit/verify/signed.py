

# What people signed ---------------------------------------------------------------


class Signed:
    """An in-toto statement about a version of a model in a DSSE envelope with one signature."""

    def __init__(self, what, sequence, entry, envelope):
        self.what, self.sequence, self.entry = what, sequence, entry
        self.digest = entry["payload"]
        require_members(envelope, ("payload", "payloadType", "signatures"), what)
        signatures = member(envelope, "signatures", list, what)
        require(member(envelope, "payloadType", str, what) == IN_TOTO and len(signatures) == 1,
                "%s is no in-toto statement with one signature" % what)
        require_members(signatures[0], ("keyid", "sig"), what)
        self.key_id = member(signatures[0], "keyid", str, what)
        self.signature = from_base64(member(signatures[0], "sig", str, what))
        payload = from_base64(member(envelope, "payload", str, what))
        self.signed = b"DSSEv1 %d %s %d %s" % (len(IN_TOTO), IN_TOTO.encode(), len(payload),
                                               payload)
        self.is_signed = None  # Not known yet.
        value = parse_json(payload, what)
        require_form(value, payload, ("_type", "subject", "predicateType", "predicate"), what)
        self.read(value)

    def digest_of(self, subject):
        """The SHA-256 by which a statement names a subject, and by nothing else."""
        digest = member(subject, "digest", dict, self.what)
        require(set(digest) == {"sha256"} and is_digest("sha256:%s" % digest["sha256"]),
                "%s names content by anything but its SHA-256" % self.what)
        return "sha256:" + digest["sha256"]

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

    MEMBERS = ("model", "version", "registration", "decision", "meaning", "signer", "from", "to",
               "reason", "policy", "evidence", "signed_at", "expires")

    def __init__(self, sequence, entry, envelope):
        what = "the statement of ledger entry %d" % sequence
        value = parse_json(envelope, what)
        super().__init__(what, sequence, entry, value)
        require(canonical(value).encode("utf-8") == envelope,
                "%s is not in canonical form" % what)

    def read(self, value):
        subjects = member(value, "subject", list, self.what)
        require(value.get("_type") == STATEMENT_TYPE and len(subjects) == 1
                and value.get("predicateType") == APPROVAL_TYPE,
                "%s is none about a version of a model" % self.what)
        require_members(subjects[0], ("name", "digest"), self.what)
        self.name = member(subjects[0], "name", str, self.what)
        self.content = self.digest_of(subjects[0])
        self.said = said = member(value, "predicate", dict, self.what)
        require_members(said, self.MEMBERS, self.what)
        require_version(said, "model", "version", self.what)
        self.signer = member(said, "signer", dict, self.what)
        require_members(self.signer, ("printed_name", "owner", "role"), self.what)
        for part, keys in ((said, ("meaning", "reason")), (self.signer, self.signer)):
            for key in keys:
                require(member(part, key, str, self.what), "%s has no %r" % (self.what, key))
        require(NAME.fullmatch(self.signer["role"]), "%s has no proper role" % self.what)
        require(all(is_stage(member(said, key, str, self.what)) for key in ("from", "to")),
                "%s has no proper stages" % self.what)
        require(is_digest(said["registration"])
                and (said["policy"] is None or is_digest(said["policy"])),
                "%s names no registration, or no policy" % self.what)
        require(said["decision"] in ("approve", "reject", "override"),
                "%s decides nothing" % self.what)
        self.evidence = []
        for one in member(said, "evidence", list, self.what):
            require_members(one, ("kind", "digest"), self.what)
            require(one["kind"] in EVIDENCE_KINDS and is_digest(one["digest"]),
                    "%s names no proper evidence" % self.what)
            self.evidence.append((one["kind"], one["digest"]))
        require(self.evidence == sorted(set(self.evidence)),
                "%s names evidence twice, or in another order" % self.what)
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


# What OpenSSF Model Signing passes over at the top of a folder.
NOT_SIGNED = (".git", ".gitattributes", ".github", ".gitignore")


def is_plain_path(name):
    parts = name.split("/")
    return ("\0" not in name and not {"", ".", ".."} & set(parts) and parts[0] not in NOT_SIGNED)


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
            require(self.key_id == "", "%s names its key twice" % what)
            self.key_id = member(member(material, "publicKey", dict, what), "hint", str, what)
            value = {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
                     "verificationMaterial": {"publicKey": {"hint": self.key_id},
                                              "tlogEntries": []}, "dsseEnvelope": envelope}
        require(canonical(value).encode("utf-8") == document,
                "%s is not in the form that Reprise writes" % what)

    def read(self, value):
        subjects = member(value, "subject", list, self.what)
        self.type = member(value, "predicateType", str, self.what)
        self.kind = self.KINDS.get(self.type)
        require(value.get("_type") == STATEMENT_TYPE and self.kind and subjects,
                "%s is none about a version of a model" % self.what)
        self.about = member(subjects[0], "annotations", dict, self.what)
        require_members(self.about, ("reprise_model", "reprise_version", "reprise_registration"),
                        self.what)
        require_version(self.about, "reprise_model", "reprise_version", self.what)
        require(is_digest(self.about["reprise_registration"]),
                "%s names no registration" % self.what)
        self.name = "%s@%d" % (self.about["reprise_model"], self.about["reprise_version"])
        self.subjects = []
        for one in subjects:
            require_members(one, ("name", "digest", "annotations"), self.what)
            require(same(one["annotations"], self.about),
                    "%s is about several versions" % self.what)
            self.subjects.append({"name": member(one, "name", str, self.what),
                                  "digest": self.digest_of(one)})
        self.require_sorted(self.subjects)
        predicate = member(value, "predicate", dict, self.what)
        if self.kind == "slsa":
            self.resources = []
            definition = member(predicate, "buildDefinition", dict, self.what)
            member(definition, "buildType", str, self.what)
            member(definition, "externalParameters", dict, self.what)
            details = member(predicate, "runDetails", dict, self.what)
            member(member(details, "builder", dict, self.what), "id", str, self.what)
        else:
            self.read_files(predicate)

    def read_files(self, predicate):
        """The files of OpenSSF Model Signing, as its writer would have written them."""
        resources = member(predicate, "resources", list, self.what)
        digests = [member(one, "digest", str, self.what) for one in resources]
        require(all(is_digest("sha256:" + digest) for digest in digests),
                "%s names content without its SHA-256" % self.what)
        names = [member(one, "name", str, self.what) for one in resources]
        self.resources = [{"name": name, "digest": "sha256:" + digest}
                          for name, digest in zip(names, digests)]
        self.require_sorted(self.resources)
        require(names and all(is_plain_path(name) for name in names),
                "%s names files that the standard has no room for" % self.what)
        require(same(predicate, {
            "resources": [{"name": name, "digest": digest, "algorithm": "sha256"}
                          for name, digest in zip(names, digests)],
            "serialization": {"method": "files", "hash_type": "sha256", "allow_symlinks": False,
                              "ignore_paths": list(NOT_SIGNED)}}),
                "%s holds what its writer would not have written" % self.what)
        root = sha256(b"".join(bytes.fromhex(digest) for digest in digests)).hex()
        require([one["digest"] for one in self.subjects] == ["sha256:" + root],
                "the subject of %s is not the digest of its files" % self.what)

    def require_sorted(self, contents):
        names = [one["name"] for one in contents]
        require(all(names) and names == sorted(set(names)),
                "%s names content twice, or in another order" % self.what)

    def name_of(self, path):
        """How it names the file at the raw `path`."""
        return escaped_bytes(path) if self.kind == "slsa" else path.decode(
            "utf-8", "surrogateescape")

    def named(self):
        """What it says that the files of the version are: name -> digest."""
        return {one["name"]: one["digest"]
                for one in (self.subjects if self.kind == "slsa" else self.resources)}

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
            require_governance_form(document, bundle.documents[entry["payload"]],
                                    "the key of ledger entry %d" % sequence)
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
