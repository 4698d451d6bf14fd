

# Keys that followed each other, cosignatures, time stamps ------------------------


class KeyChange:
    """That one key of the log is followed by another, which both of them sign."""

    def __init__(self, line, number):
        what = "change %d of the log's key" % number
        value = parse_json(line, what)
        self.entry = member(value, "entry", int, what)
        self.note = member(value, "note", str, what)
        lines = split_note(self.note.encode(), what)[0].decode("utf-8").split("\n")
        require(len(lines) == 7 and lines[0] == KEY_NOTE, "%s is another kind of note" % what)
        self.old, self.new = Key(lines[2]), Key(lines[3])
        self.time, self.reason = lines[4], lines[5]
        require(self.old.name == lines[1] == self.new.name, "%s is of another log" % what)
        for key in (self.old, self.new):
            open_note(self.note.encode(), key, what)

    def payload(self):
        """The digest of the document in the ledger that says so (RFC 8785)."""
        document = {"note": self.note, "type": "reprise/checkpoint-key/v1"}
        return digest_name(json.dumps(document, ensure_ascii=False, separators=(",", ":"),
                                      sort_keys=True).encode())

    def reported(self):
        return {"entry": self.entry, "from": self.old.text, "to": self.new.text,
                "time": self.time, "reason": self.reason}


def read_key_changes(bundle):
    """How the keys of the log followed each other, the last being the one that signs now."""
    if "keys/changes.jsonl" not in bundle.files:
        return []
    lines = bundle.files["keys/changes.jsonl"].split(b"\n")
    require(lines.pop() == b"" and lines, "keys/changes.jsonl does not end with a newline")
    changes = [KeyChange(line, number) for number, line in enumerate(lines, 1)]
    for before, after in zip(changes, changes[1:]):
        require(before.new.text == after.old.text and before.entry < after.entry,
                "the changes of the log's key do not follow each other")
    require(changes[-1].new.text == bundle.key.text,
            "the changes of the log's key do not lead to the one that signs now")
    return changes


def key_for(bundle, size):
    """The key that signs checkpoints of `size` entries."""
    for change in bundle.key_changes:
        if size <= change.entry:
            return change.old
    return bundle.key


def open_checkpoint(bundle, note, what):
    """A checkpoint of the log, by the key that it had at that size."""
    lines = split_note(note, what)[0].decode("utf-8").split("\n")
    require(len(lines) >= 4 and re.fullmatch(r"0|[1-9][0-9]{0,15}", lines[1]),
            "%s is no checkpoint" % what)
    return Checkpoint(note, key_for(bundle, int(lines[1])), what)


def check_key_changes(bundle):
    """The ledger has an entry for each change of the key, and for no other."""
    for change in bundle.key_changes:
        require(change.entry in bundle.entries,
                "the ledger's entry %d, which changes the log's key, is not here" % change.entry)
        entry = bundle.entries[change.entry][1]
        require(entry["kind"] == "checkpoint_key" and entry["payload"] == change.payload()
                and entry["subject"] == bundle.key.name,
                "ledger entry %d does not change the log's key as keys/changes.jsonl says"
                % change.entry)
    known = {change.entry for change in bundle.key_changes}
    for sequence, (_, entry) in bundle.entries.items():
        require(entry["kind"] != "checkpoint_key" or sequence in known,
                "ledger entry %d changes the log's key, and keys/changes.jsonl does not say how"
                % sequence)


class Seal:
    """A checkpoint in the bundle with what others said of it."""

    def __init__(self, bundle, size, names):
        self.size, self.folder = size, "log/seals/%d/" % size
        self.note = bundle.file(self.folder + "checkpoint")
        self.checkpoint = open_checkpoint(bundle, self.note, self.folder + "checkpoint")
        require(self.checkpoint.size == size, "%scheckpoint is of %d entries"
                % (self.folder, self.checkpoint.size))
        self.text = split_note(self.note, self.folder)[0]
        self.lines = []
        if self.folder + "cosigned" in bundle.files:
            note = bundle.files[self.folder + "cosigned"]
            require(note.startswith(self.note) and note != self.note,
                    "%scosigned does not begin with the checkpoint" % self.folder)
            before = len(split_note(self.note, self.folder)[1])
            self.lines = split_note(note, self.folder + "cosigned")[1][before:]
        self.stamps = sorted((n for n in names if re.fullmatch(r"[1-9][0-9]*\.tsr", n)),
                             key=lambda name: int(name[:-4]))
        other = set(names) - set(self.stamps) - {"checkpoint", "cosigned", "consistency"}
        require(not other, "%s has other files: %s" % (self.folder, ", ".join(sorted(other))))
        require(self.lines or self.stamps, "nobody confirmed %scheckpoint" % self.folder)

    def cosigned_by(self, keys):
        """Those of `keys` whose cosignatures it has, and when; a wrong one fails."""
        found = []
        for key in keys:
            for name, key_id, signature in self.lines:
                if (name, key_id) != (key.name, key.id):
                    continue
                time = cosigned_at(signature)
                require(len(signature) == 72 and time is not None and openssl_verify(
                    key, b"cosignature/v1\ntime %d\n" % time + self.text, signature[8:]),
                    "the cosignature of %s on %scheckpoint is wrong" % (key.name, self.folder))
                found.append((key, time))
                break
        return found


def cosigned_at(signature):
    time = struct.unpack(">Q", signature[:8])[0] if len(signature) >= 8 else 1 << 63
    return time if time < 1 << 63 else None


def utc(seconds):
    if seconds is None or seconds > 253402300799:  # The end of the year 9999.
        return None
    start = datetime.datetime(1970, 1, 1)
    return (start + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def reported_seals(bundle):
    """What report.json must say of them."""
    return [{"size": seal.size, "timestamps": len(seal.stamps), "cosignatures": [
        {"witness": name, "key_id": key_id.hex(), "time": utc(cosigned_at(signature))}
        for name, key_id, signature in seal.lines]} for seal in bundle.seals]


def check_stamp(seal, data, authorities, response):
    """When `response` says that the checkpoint was there, if it leads to `authorities`."""
    # Of the signed token alone: the status before it is anybody's word.
    _, text = openssl(["ts", "-reply", "-in", "RESPONSE", "-token_out", "-text"],
                      RESPONSE=response)
    match = re.search(r"^Time stamp: (\w{3} [ \d]\d \d\d:\d\d:\d\d)(?:\.\d+)? (\d{4}) GMT$",
                      text, re.MULTILINE)
    require(match, "a time stamp of %scheckpoint is malformed" % seal.folder)
    months = "JanFebMarAprMayJunJulAugSepOctNovDec"
    month, day, clock = match.group(1).split()
    hour, minute, second = map(int, clock.split(":"))
    time = calendar.timegm((int(match.group(2)), months.index(month) // 3 + 1, int(day), hour,
                            minute, second))
    # As the certificates were then: a stamp is to outlive them.
    status, text = openssl(["ts", "-verify", "-data", "DATA", "-in", "RESPONSE", "-CAfile",
                            "AUTHORITIES", "-attime", str(time)],
                           DATA=data, RESPONSE=response, AUTHORITIES=authorities)
    require(status == 0 and "Verification: OK" in text,
            "a time stamp of %scheckpoint does not hold" % seal.folder)
    return time


def check_consistency(bundle, seal, root):
    """The log of the bundle continues the checkpoint."""
    require(seal.size <= bundle.checkpoint.size, "%scheckpoint covers more than the log has"
            % seal.folder)
    require(root is None or root == seal.checkpoint.root,
            "the log was rewritten: its first %d entries are not those of %scheckpoint"
            % (seal.size, seal.folder))
    if seal.size == 0:
        return
    what = seal.folder + "consistency"
    head, _, note = bundle.file(what).partition(b"\n\n")
    lines = head.decode("utf-8").split("\n")
    require(lines[0] == "old %d" % seal.size and note == bundle.file("log/checkpoint"),
            "%s is of other checkpoints" % what)
    roots = roots_from_consistency(seal.size, bundle.checkpoint.size, seal.checkpoint.root,
                                   [from_base64(line) for line in lines[1:]])
    require(roots == (seal.checkpoint.root, bundle.checkpoint.root),
            "%s does not lead from the checkpoint to the log" % what)


def check_seals(bundle, _):
    """What others said of checkpoints of this log is of this log, and holds."""
    check_key_changes(bundle)
    matches = (re.fullmatch(r"log/seals/(0|[1-9][0-9]{0,15})/([^/]+)", name)
               for name in bundle.files if name.startswith("log/seals/"))
    names = {}  # By size.
    for match in matches:
        require(match, "there is a file of no known kind in log/seals")
        names.setdefault(int(match.group(1)), []).append(match.group(2))
    bundle.seals = [Seal(bundle, size, names[size]) for size in sorted(names)]
    text = bundle.files.get("keys/witnesses", b"").decode("utf-8")
    inside = [Key(line, WITNESS) for line in text.split("\n") if line]
    authorities = bundle.files.get("keys/timestamp-authorities.pem", b"")
    roots = {} if bundle.leaves is None else roots_of(bundle.leaves, names)
    for seal in bundle.seals:
        check_consistency(bundle, seal, roots.get(seal.size))
        found = seal.cosigned_by(inside)
        for key, time in found:
            bundle.notes.append("entries up to %d were cosigned by %s at %s (%s)"
                                % (seal.size, key.name, utc(time), key.text))
        if len(found) < len(seal.lines):
            bundle.notes.append("entries up to %d have %d cosignatures by witnesses whose keys are "
                                "not here" % (seal.size, len(seal.lines) - len(found)))
        for name in seal.stamps:
            require(authorities, "there is no certificate for the time stamps")
            time = check_stamp(seal, seal.note, authorities, bundle.files[seal.folder + name])
            bundle.notes.append("entries up to %d were there at %s, says a time stamp by "
                                "certificates of this bundle" % (seal.size, utc(time)))
    return "%d checkpoints confirmed by others, %d changes of the key" % (
        len(bundle.seals), len(bundle.key_changes))


class Since:
    """The checkpoint that the bundle was asked to begin from."""

    def __init__(self, bundle):
        self.folder, self.note = "log/since/", bundle.file("log/since/checkpoint")
        self.checkpoint = open_checkpoint(bundle, self.note, "log/since/checkpoint")
        self.size = self.checkpoint.size
        require(self.size > 0, "log/since/checkpoint is of the empty log")

    def reported(self, bundle):
        return {"size": self.size, "root": base64.b64encode(self.checkpoint.root).decode(),
                "changes": [n for n, _, _, _ in bundle.about if n >= self.size]}


def check_since(bundle, _):
    """The log continues the checkpoint that the bundle was asked to begin from."""
    bundle.since = None
    if not any(name.startswith("log/since/") for name in bundle.files):
        return "the bundle begins from no checkpoint"
    bundle.since = since = Since(bundle)
    require_files(bundle, "log/since/", {"log/since/checkpoint", "log/since/consistency"},
                  "something of no known kind")
    check_consistency(bundle, since,
                      None if bundle.leaves is None else root_of(bundle.leaves[:since.size]))
    return "the log of %d entries continues that of %d" % (bundle.checkpoint.size, since.size)


def check_brought_witnesses(bundle, options):
    """Enough of the witnesses that the auditor trusts cosigned a checkpoint."""
    require(options.quorum is None or options.witness, "--quorum counts those of --witness: none")
    if not options.witness:
        return
    keys = [Key(text, WITNESS) for text in dict.fromkeys(options.witness)]
    needed = len(keys) if options.quorum is None else options.quorum
    require(1 <= needed <= len(keys), "--quorum %d is not between 1 and the number of witnesses, %d"
            % (needed, len(keys)))
    covered = [seal.size for seal in bundle.seals
               if len(seal.cosigned_by(keys)) >= needed and seal.size > 0]
    require(covered, "no checkpoint is cosigned by %d of the witnesses that you trust" % needed)
    judge_coverage(bundle, covered[-1],
                   "a checkpoint cosigned by %d of the witnesses that you trust" % needed)


def check_brought_authorities(bundle, options):
    """The time stamps lead to certificates that the auditor trusts."""
    if not options.tsa_ca:
        return
    authorities = b"".join(read_brought(path) for path in options.tsa_ca)
    stamped = []
    for seal in bundle.seals:
        for name in seal.stamps:
            try:
                time = check_stamp(seal, seal.note, authorities, bundle.files[seal.folder + name])
            except Failed:
                continue  # By another authority; the bundle's own certificates bore it out.
            stamped.append((seal.size, time))
    require(stamped, "no time stamp in the bundle leads to the certificates that you trust")
    size, time = stamped[-1]
    bundle.notes.append("entries up to %d were there at %s, says a time stamp by an authority that "
                        "you trust" % (size, utc(time)))
