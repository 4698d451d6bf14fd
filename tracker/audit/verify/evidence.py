

# The bundle ------------------------------------------------------------------

# Of kinds of ledger entries whose documents are called otherwise.
TYPES = {"model_version": ("model-version/v1",), "promotion": ("promotion/v1", "promotion/v2"),
         "key": ("key/v1", "key-revocation/v1")}
# Of those whose documents may be left out: what people wrote, and what data holds.
FREE_TEXT = ("note", "tags", "dataset", "profile", "verdict")
WHY_LEFT_OUT = {"patch": ("redacted",), "evidence": ("redacted", "too_long", "lost", "erased"),
                "note": ("redacted", "erased"), "tags": ("redacted",), "dataset": ("redacted",),
                "profile": ("redacted", "erased"), "verdict": ("redacted",)}

# What every bundle has.
FILES = ["README.txt", "SHA256SUMS", "SHA256SUMS.sig", "bom.cdx.json"] + [
    "data/%s.csv" % name for name in (
        "approvals", "attestations", "events", "evidence", "inputs", "inventory", "metrics",
        "outputs", "params", "promotions", "series")] + [
            "keys/checkpoint.vkey", "log/checkpoint", "openlineage/events.jsonl", "prov/prov.json",
            "prov/prov.provn", "report.json", "report/lineage.svg", "report/report.html",
            "verify.py"]
# What it may have besides: nothing that no check looks at, but what is for people and other tools.
OTHER_FILES = ["data/requirements.csv", "keys/changes.jsonl", "keys/timestamp-authorities.pem",
               "keys/witnesses", "log/headers.jsonl", "report/report.pdf"]
FOLDERS = ("attest/", "documents/", "evidence/", "keys/people/", "log/seals/", "log/since/",
           "policy/", "proofs/")
# What is here only beside seals, by which it is checked.
FILES_OF_SEALS = ("keys/timestamp-authorities.pem", "keys/witnesses")

class Bundle:
    """The files of a bundle and what the checks, in their order, learn from them."""

    def __init__(self, folder):
        self.folder = folder
        self.files = {}      # Name -> bytes.
        self.documents = {}  # "sha256:..." -> bytes.
        self.parsed = {}     # "sha256:..." -> JSON.
        self.envelopes = {}  # "sha256:..." -> bytes, of signed statements.
        self.attestations = {}  # Likewise, of attestations.
        self.policies = {}   # Likewise, of policies.
        self.entries = {}    # Sequence -> (leaf bytes, JSON).
        self.reached = set()
        self.holes = {}      # ("sha256:...", what it is) -> why it is not here.
        self.used_holes = set()
        self.erased = {}     # "sha256:..." -> the last ledger entry that erased it.
        self.notes = []
        self.anchors = []    # What of that which the auditor brought along covers the run.
        self.uncovered = ""  # What the kept checkpoint does not cover, or nothing.
        self.signatures = ""  # Whose signatures moves of models rest on, or nothing.

    def file(self, name):
        require(name in self.files, "%s is missing" % name)
        return self.files[name]

    def document(self, digest, kind, why):
        """The document `digest`, which must be of `kind` (what the ledger calls it, or how the
        document itself does); marks it as accounted for."""
        require(digest in self.documents, "%s %s is not in the bundle" % (why, digest))
        self.reached.add(digest)
        if digest not in self.parsed:
            self.parsed[digest] = parse_json(self.documents[digest], digest)
        value = self.parsed[digest]
        types = ["reprise/%s" % name for name in TYPES.get(kind, (kind + "/v1",))]
        require(isinstance(value, dict) and value.get("type") in types,
                "%s %s is not of type %s" % (why, digest, " or ".join(types)))
        return value

    def policies_before(self, sequence):
        """The digest of the policy in force before that entry, or None."""
        return ([e["payload"] for n, e in self.policy_entries if n < sequence] or [None])[-1]

    def of_kind(self, kind):
        for digest in sorted(self.documents):
            if self.documents[digest].startswith(b"{"):
                value = parse_json(self.documents[digest], digest)
                if isinstance(value, dict) and value.get("type") == "reprise/%s/v1" % kind:
                    yield digest, value


def read_files(folder):
    """Name -> bytes of all that lies below `folder`, and the names of folders with nothing in them.

    There may be nothing else than folders and regular files."""
    files, empty, left, count = {}, [], BUNDLE_BYTES_MAX, 0
    for place, folders, names in os.walk(folder, onerror=fail_to_read):
        folders.sort()
        count += len(folders) + len(names)
        require(count <= FILES_MAX, "there are more files than in any bundle")
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
    check_kinds_of_files(bundle)
    return "%d files are as listed" % len(listed)


def check_kinds_of_files(bundle):
    """The files are those that a bundle has."""
    unknown = sorted(name for name in bundle.files
                     if name not in FILES + OTHER_FILES and not name.startswith(FOLDERS))
    require(not unknown, "nothing in a bundle is called: %s" % ", ".join(map(repr, unknown)))
    missing = [name for name in FILES if name not in bundle.files]
    require(not missing, "missing, though every bundle has it: %s" % ", ".join(missing))
    has_seals = any(name.startswith("log/seals/") for name in bundle.files)
    for name in FILES_OF_SEALS:
        require(has_seals or name not in bundle.files,
                "%s is here, and nobody confirmed a checkpoint" % name)


def check_signature(bundle, _):
    """The log's key signed SHA256SUMS."""
    bundle.key = Key(bundle.file("keys/checkpoint.vkey").decode("utf-8"))
    text = open_note(bundle.file("SHA256SUMS.sig"), bundle.key, "SHA256SUMS.sig")
    lines = text.split("\n")
    require(len(lines) == 4 and lines[0] == BUNDLE_NOTE, "SHA256SUMS.sig is of another kind")
    bundle.signed_name = lines[1]
    require(lines[2] == digest_name(bundle.file("SHA256SUMS")),
            "SHA256SUMS is not the one that was signed")
    return "SHA256SUMS is signed by %s" % bundle.key.name


def check_checkpoint(bundle, _):
    """The log's key, which those before it led to, signed its size and root."""
    bundle.key_changes = read_key_changes(bundle)
    bundle.checkpoint = open_checkpoint(bundle, bundle.file("log/checkpoint"), "log/checkpoint")
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
    require(is_time(entry["time"]), "%s has no proper time" % what)
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
    kinds = [("documents/", r"([0-9a-f]{64})\.(json|patch)", bundle.documents),
             ("attest/", r"([0-9a-f]{64})(\.dsse)?\.json", bundle.envelopes),
             ("policy/", r"([0-9a-f]{64})\.toml", bundle.policies),
             ("evidence/", r"([0-9a-f]{64})", {})]
    for folder, form, known in kinds:
        for name in sorted(name for name in bundle.files if name.startswith(folder)):
            match = re.fullmatch(form, name[len(folder):])
            require(match, "%s is not named as a document" % name)
            digest = "sha256:" + match.group(1)
            require(digest_name(bundle.files[name]) == digest,
                    "%s does not have the content that its name says" % name)
            is_attestation = folder == "attest/" and not match.group(2)
            (bundle.attestations if is_attestation else known)[digest] = bundle.files[name]
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
    read_report(bundle)
    bundle.runs = {}  # Id -> (digest, run document, recipe document or None).
    entries_of = {}
    for _, entry in bundle.entries.values():
        if entry["kind"] == "run":
            entries_of.setdefault(entry["subject"], []).append(entry)
    for digest, run in bundle.of_kind("run"):
        bundle.reached.add(digest)
        identity = member(run, "id", str, digest)
        require(identity not in bundle.runs, "run %s has two documents" % identity)
        entries = entries_of.get(identity, [])
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
            is_left_out = (code.get("patch"), "patch") in bundle.holes
            if code.get("patch") in bundle.documents and not is_left_out:
                bundle.reached.add(code["patch"])
            elif code.get("patch"):
                take_hole(bundle, code["patch"], "patch", "the code of run %s" % identity)
        for use in (recipe or {}).get("inputs", []) + member(run, "outputs", list, digest):
            if use.get("kind") == "folder":
                reach_tree(bundle, use["digest"],
                           "the folder %r of run %s" % (use["path"], identity))
        bundle.runs[identity] = (digest, run, recipe)
    for identity in bundle.run_ids:
        require(identity in bundle.runs, "run %s is not in the bundle" % identity)
    return "%d runs are in the ledger as they are here" % len(bundle.runs)


def read_report(bundle):
    """What report.json says that the bundle is about, and what it says is not here."""
    bundle.report = report = parse_json(bundle.file("report.json"), "report.json")
    subject = member(report, "subject", dict, "report.json")
    kind, name = (member(subject, key, str, "the subject") for key in ("kind", "name"))
    require(bundle.signed_name == (name if kind == "run" else "%s %s" % (kind, name)),
            "report.json is about something else than the signature: %s %s"
            % (kind.replace("_", " "), name))
    bundle.run_ids = member(subject, "runs", list, "the subject")
    bundle.roots = set(bundle.run_ids) | set(member(subject, "artifacts", list, "the subject"))
    bundle.subject = subject
    shown = [report.get("run")] if report.get("run") else member(report, "runs", list,
                                                                 "report.json")
    require([member(run, "id", str, "a run") for run in shown] == bundle.run_ids
            and (len(shown) == 1) == bool(report.get("run")),
            "report.json tells of other runs than it is about")
    require(bundle.roots, "the bundle is about nothing")
    for hole in member(report, "left_out", list, "report.json"):
        digest, what, why = (member(hole, key, str, "what was left out")
                             for key in ("digest", "what", "why"))
        place = {"evidence": "evidence/%s", "patch": "documents/%s.patch"}.get(
            what, "documents/%s.json") % digest[len("sha256:"):]
        require(why in WHY_LEFT_OUT.get(what, ()) and (digest, what) not in bundle.holes
                and len(hole) == 3 and place not in bundle.files,
                "report.json lists %s as left out, which is here or may not be" % digest)
        bundle.holes[digest, what] = why


def concerned(bundle):
    """The subjects of the ledger's entries that belong to the bundle."""
    nodes = member(member(bundle.report, "lineage", dict, "report.json"), "nodes", list, "lineage")
    bundle.subjects = {member(node, "id", str, "lineage") for node in nodes} | set(bundle.runs)
    versions = set()
    for digest, document in bundle.of_kind("model-version"):
        name = "%s@%d" % (member(document, "name", str, digest),
                          member(document, "version", int, digest))
        content = member(member(document, "artifact", dict, digest), "digest", str, digest)
        require(content in bundle.subjects, "%s is of content that is not in the lineage" % name)
        versions.add(name)
    if not versions:
        return bundle.subjects
    of_store = {e["subject"] for _, e in bundle.entries.values() if e["kind"] in ("key", "policy")}
    return bundle.subjects | versions | of_store


def read_erasures(bundle):
    """What the ledger says was erased, as far as it is here."""
    for sequence in sorted(bundle.entries):
        _, entry = bundle.entries[sequence]
        if entry["kind"] != "erasure" or entry["payload"] not in bundle.documents:
            continue
        what = "the erasure of ledger entry %d" % sequence
        document = bundle.document(entry["payload"], "erasure", what)
        require(document.get("subject") == entry["subject"],
                "%s is about another subject than its document" % what)
        for item in member(document, "items", list, what):
            bundle.erased[member(item, "digest", str, what)] = sequence


def check_events(bundle, _):
    """Everything that the ledger says about the subject and its lineage is here."""
    subjects = concerned(bundle)
    read_erasures(bundle)
    bundle.about = []
    for sequence in sorted(bundle.entries):
        leaf, entry = bundle.entries[sequence]
        payload, kind, document = entry["payload"], entry["kind"], None
        # Other things may have been erased together with what is missing here.
        is_erasure = kind == "erasure" and payload in bundle.documents
        if entry["subject"] not in subjects and not is_erasure:
            continue
        what = "the document of ledger entry %d" % sequence
        if (payload, kind) in bundle.holes and kind in FREE_TEXT:
            take_hole(bundle, payload, kind, "ledger entry %d" % sequence, sequence)
        else:
            of_kind = {"statement": bundle.envelopes, "policy": bundle.policies,
                       "attestation": bundle.attestations}
            require(payload in of_kind.get(kind, bundle.documents),
                    "ledger entry %d about %s has no document here: an event was left out"
                    % (sequence, entry["subject"]))
            document = None if kind in of_kind else bundle.document(payload, kind, what)
        bundle.about.append((sequence, leaf, entry, document))
        if kind == "verdict" and document is not None:
            require(document.get("original") == entry["subject"],
                    "the verdict of ledger entry %d is about another run" % sequence)
        elif kind in ("model_version", "promotion", "evidence"):
            require_governance_form(document, bundle.documents[payload], what)
            require("%s@%s" % (document.get("model", document.get("name")), document.get("version"))
                    == entry["subject"], "ledger entry %d is about %s, and its document about "
                    "another version: it was moved" % (sequence, entry["subject"]))
    return "%d events about %d subjects" % (len(bundle.about), len(subjects))
