

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
