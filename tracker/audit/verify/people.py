

# Keys of people --------------------------------------------------------------------

SPKI_P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
APPROVAL_TYPE = "urn:reprise:approval:v1"
IN_TOTO = "application/vnd.in-toto+json"
TIME = re.compile("([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})"
                  r"\.[0-9]{3}Z")
NAME = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}")  # Of a model, stage or role.
EVIDENCE_KINDS = ("calibration", "data_quality", "document", "drift", "explainability",
                  "stability", "subpopulations", "test_report", "validation", "model_card")

# The members of documents about versions and keys, by type.
GOVERNANCE_MEMBERS = {
    "reprise/model-version/v1": ("type", "name", "version", "artifact", "run", "reason"),
    "reprise/evidence/v1": ("type", "model", "version", "model_content", "kind", "artifact",
                            "reason"),
    "reprise/promotion/v1": ("type", "name", "version", "from", "to", "reason"),
    "reprise/promotion/v2": ("type", "name", "version", "from", "to", "reason", "policy",
                             "override", "statements"),
    "reprise/key/v1": ("type", "algorithm", "public_key", "owner", "printed_name", "roles",
                       "valid_from", "valid_until", "reason"),
    "reprise/key-revocation/v1": ("type", "fingerprint", "reason")}


def is_time(text):
    """Whether it is a time that there is."""
    match = TIME.fullmatch(text)
    try:
        return bool(match and datetime.datetime(*map(int, match.groups())))
    except ValueError:
        return False


def time_or_none(value, key, what):
    """A time of a document, which compares as text, or None."""
    text = member(value, key, (str, type(None)), what)
    require(text is None or is_time(text), "%s has no proper time %r" % (what, key))
    return text


def is_stage(text):
    return bool(NAME.fullmatch(text)) and text != "last" and not re.fullmatch("[0-9]+", text)


def is_digest(text):
    return isinstance(text, str) and bool(re.fullmatch("sha256:[0-9a-f]{64}", text))


def require_version(value, name, number, what):
    """These members are the name of a model and the number of a version."""
    require(NAME.fullmatch(member(value, name, str, what)) and type(value.get(number)) is int
            and 0 < value[number] < 2 ** 53, "%s is about no version of a model" % what)


def require_bytes(value, what):
    """A byte string has one form: text, unless it is not UTF-8."""
    if isinstance(value, str):
        return
    require_members(value, ("type", "value"), what)
    require(value["type"] == "bytes", "%s holds no byte string" % what)
    try:
        raw(value).decode("utf-8")
    except UnicodeDecodeError:
        return
    raise Failed("%s holds text as bytes" % what)


def require_governance_form(document, data, what):
    """A document about a version or key has the members and the form that Reprise gives it."""
    members = GOVERNANCE_MEMBERS[document["type"]]
    require_form(document, data, members, what)
    require_bytes(document.get("reason"), what)
    if "version" in document:
        require_version(document, "name" if "name" in document else "model", "version", what)
    if "from" in document:
        require(all(is_stage(member(document, key, str, what)) for key in ("from", "to")),
                "%s has no proper stages" % what)
    if "policy" in document:
        require(is_digest(document["policy"]) and isinstance(document["override"], bool),
                "%s names no policy" % what)
        require(all(map(is_digest, member(document, "statements", list, what)))
                and document["statements"] == sorted(set(document["statements"])),
                "%s names what it rests on twice, or in another order" % what)
    if "kind" in document:
        require(document["kind"] in EVIDENCE_KINDS and is_digest(document["model_content"]),
                "%s is no evidence" % what)
    if "run" in document:
        require(document["run"] is None or isinstance(document["run"], str) and re.fullmatch(
            "[0-7][0-9A-HJKMNP-TV-Z]{25}", document["run"]), "%s names no run" % what)
    if "artifact" in document:
        require_artifact_form(document["artifact"], what)


def require_artifact_form(artifact, what):
    flags = [key for key in ("executable", "unstable") if key in artifact]
    require_members(artifact, ["path", "role", "kind", "digest", "size_bytes"] + flags, what)
    for key in ("path", "role"):
        require_bytes(artifact[key], what)
    require(artifact["kind"] in ("file", "folder") and is_digest(artifact["digest"])
            and type(artifact["size_bytes"]) is int and 0 <= artifact["size_bytes"] <= 2 ** 53
            and all(artifact[key] is True for key in flags), "%s names no proper artifact" % what)


# What turns the direction of text or ends a line.
MOVES_TEXT = [chr(code) for code in [0x61c, 0x200e, 0x200f, *range(0x2028, 0x202f),
                                     *range(0x2066, 0x206a)]]


def escaped(value):
    """A byte string of a document as messages of Reprise show it."""
    return escaped_bytes(raw(value))


def escaped_bytes(data):
    text = []
    for c in data.decode("utf-8", "surrogateescape"):
        if 0xdc80 <= ord(c) <= 0xdcff:
            text.append("\\x%02x" % (ord(c) - 0xdc00))
        elif ord(c) < 0x20 or 0x7f <= ord(c) < 0xa0 or c in MOVES_TEXT:
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
            require(document["reason"], "%s revokes a key for no reason" % what)
            require(document.get("fingerprint") == "sha256:" + self.fingerprint,
                    "%s revokes another key than it says" % what)
            self.revoked = self.revoked or (sequence, entry, document)
            return
        self.der = der_of(member(document, "public_key", str, what), "the key of " + what)
        require(sha256(self.der).hex() == self.fingerprint,
                "%s is about another key than it holds" % what)
        require(document["algorithm"] == "ecdsa-p256-sha256"
                and document["public_key"] == pem_of(self.der), "%s holds no proper key" % what)
        for key in ("owner", "printed_name"):
            text = member(document, key, str, what)
            require(0 < len(text.encode("utf-8")) <= 256 and escaped(text) == text,
                    "%s has no proper %r" % (what, key))
        roles = member(document, "roles", list, what)
        require(roles and all(isinstance(role, str) and NAME.fullmatch(role) for role in roles)
                and roles == sorted(set(roles)), "%s has no proper roles" % what)
        start, end = (time_or_none(document, key, what) for key in ("valid_from", "valid_until"))
        require(start is None or end is None or start < end, "%s holds a key never valid" % what)
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
