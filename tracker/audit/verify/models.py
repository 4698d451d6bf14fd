

# Versions of models, evidence, policies, moves --------------------------------------


# The members of a model card: those that it must have, and others.
CARD_NEEDED = ("purpose", "intended_use", "owner")
CARD_TEXTS = ("tier", "materiality", "last_validation", "next_validation", "provider",
              "explanations", "retention")
CARD_LISTS = ("assumptions", "limits", "restrictions", "risks", "oversight", "monitoring")
# Likewise of its tables.
CARD_TABLES = {"finding": (("id", "text", "severity", "state"), ()),
               "decision": (("about", "choice", "reason"),
                            ("alternatives", "decided_by", "decided_on")),
               "data": (("path",), ("licence", "origin", "labelling", "personal")),
               "not_applicable": (("requirement", "reason", "decided_by"), ())}
CARD_CHOICES = {"severity": ("low", "medium", "high"), "state": ("open", "accepted", "closed")}
CARD_DAYS = ("last_validation", "next_validation", "decided_on")


def is_card_value(key, value):
    if key in CARD_TABLES:
        return isinstance(value, list) and all(has_card_members(each, *CARD_TABLES[key])
                                               for each in value)
    if key in CARD_LISTS or key == "alternatives":
        return isinstance(value, list) and all(isinstance(text, str) and text for text in value)
    if not isinstance(value, str) or not value:
        return False
    if key in CARD_DAYS:
        return is_day(value)
    return value in CARD_CHOICES.get(key, (value,))


def has_card_members(table, needed, others):
    return (isinstance(table, dict) and set(needed) <= set(table) <= set(needed) | set(others)
            and all(is_card_value(key, value) for key, value in table.items()))


def is_day(text):
    try:
        # The year 0, which our calendar has and Python's has not, is a leap year as 2000 is.
        return bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text)
                    and datetime.datetime.strptime(re.sub("^0000", "2000", text), "%Y-%m-%d"))
    except ValueError:
        return False


def is_card(card):
    """Whether Reprise reads it as a model card."""
    if not has_card_members(card, CARD_NEEDED, CARD_TEXTS + CARD_LISTS + tuple(CARD_TABLES)):
        return False
    names = [[each[key] for each in card.get(table, [])]
             for table, key in (("finding", "id"), ("data", "path"))]
    return all(len(each) == len(set(each)) for each in names)


def is_about_content(bundle, name, artifact, attestation):
    """Whether what an attestation names is the content of the version."""
    path, named = raw(artifact["path"]), attestation.named()
    if artifact["kind"] == "folder":
        reach_tree(bundle, artifact["digest"], "the content of %s" % name)
        return names_folder(bundle, artifact, attestation)
    path = path if attestation.kind == "slsa" else path.rpartition(b"/")[2]
    return named == {attestation.name_of(path): artifact["digest"]}


def names_folder(bundle, artifact, attestation):
    """Whether the files of a folder, each with its content, are named, and no others.  Trees may
    be shared so often that nobody could list all paths: those that are not named are not followed
    twice, and have no files."""
    is_slsa, named, found, unnamed = attestation.kind == "slsa", attestation.named(), 0, set()
    start, names = raw(artifact["path"]), sorted(named)
    prefix = start + b"/" if is_slsa and start != b"." else b""

    def is_named(folder):
        first = bisect.bisect_left(names, folder + "/")
        return first < len(names) and names[first].startswith(folder + "/")

    pending = [(b"", artifact["digest"])]  # With None for the path where nothing is named.
    while pending:
        within, digest = pending.pop()
        for entry in member(bundle.parsed.get(digest), "entries", list, digest):
            path = None if within is None else within + raw(entry["name"])
            shown = None if path is None else attestation.name_of(prefix + path)
            if not is_slsa and within == b"" and shown in NOT_SIGNED:
                continue
            if entry.get("kind") == "folder":
                if shown is not None and is_named(shown):
                    pending.append((path + b"/", entry["digest"]))
                elif entry["digest"] not in unnamed:
                    unnamed.add(entry["digest"])
                    pending.append((None, entry["digest"]))
            elif entry.get("kind") != "symlink" or not is_slsa:
                if entry.get("kind") == "symlink" or shown is None or (
                        named.get(shown) != entry.get("digest")):
                    return False
                found += 1
    return found == len(named)


class Version:
    """What the ledger says of a version of a model, and that it agrees with itself."""

    def __init__(self, bundle, sequence, entry, document):
        self.bundle, self.sequence, self.entry = bundle, sequence, entry
        self.name, self.document, self.registration = entry["subject"], document, entry["payload"]
        what = "ledger entry %d" % sequence
        artifact = member(document, "artifact", dict, what)
        self.content = member(artifact, "digest", str, what)
        self.stage, self.changes, self.evidence = "development", [], []
        self.statements = bundle.signed.get(self.name, [])
        for statement in self.statements:
            require(statement.content == self.content
                    and statement.said["registration"] == self.registration,
                    "%s is about other content than %s was registered as"
                    % (statement.what, self.name))
            require(statement.sequence > sequence, "%s was recorded before %s was registered"
                    % (statement.what, self.name))

        self.attestations = bundle.attested.get(self.name, [])
        for attestation in self.attestations:
            require(attestation.about["reprise_registration"] == self.registration,
                    "%s is about another %s than was registered" % (attestation.what, self.name))
            require(is_about_content(bundle, self.name, artifact, attestation),
                    "%s is about other content than %s was registered as"
                    % (attestation.what, self.name))

    def add_evidence(self, sequence, entry, document):
        what = "the evidence of ledger entry %d" % sequence
        require(document.get("model_content") == self.content,
                "%s is for other content than %s was registered as" % (what, self.name))
        artifact = member(document, "artifact", dict, what)
        digest = member(artifact, "digest", str, what)
        name = "evidence/" + digest[len("sha256:"):]
        has_file = name in self.bundle.files
        if artifact.get("kind") == "folder":
            reach_tree(self.bundle, digest, what)
            has_file = False
        elif has_file:
            data = self.bundle.files[name]
            require(digest_name(data) == digest and len(data) == artifact.get("size_bytes"),
                    "%s is not the file that %s names" % (name, what))
            self.bundle.evidence_files.add(name)
        else:
            take_hole(self.bundle, digest, "evidence", what, sequence)
        self.evidence.append((sequence, entry, document, name if has_file else None))

    def add_promotion(self, sequence, entry, document):
        member(document, "from", str, "ledger entry %d" % sequence)
        what = "the move of %s to %s (ledger entry %d)" % (
            self.name, member(document, "to", str, "ledger entry %d" % sequence), sequence)
        require(document["from"] == self.stage, "%s leaves the stage %s, and it was in %s"
                % (what, document["from"], self.stage))
        in_force = self.bundle.policies_before(sequence)
        if document["type"] == "reprise/promotion/v2":
            require(document.get("policy") == in_force,
                    "%s was decided by another policy than the one in force" % what)
            self.check_basis(sequence, entry, document, what)
        elif in_force:
            self.bundle.notes.append("%s asked no policy, though one was in force" % what)
        self.stage = document["to"]
        self.changes.append((sequence, entry, document))

    def check_basis(self, sequence, entry, document, what):
        """The signatures that a move rests on were good, and about it, when it was made."""
        known = {s.digest: s for s in self.statements if s.sequence < sequence}
        evidence = sorted({(d["kind"], e["payload"]) for _, e, d, _ in self.evidence})
        is_override = member(document, "override", bool, what)
        decisions, signers = set(), set()
        statements = member(document, "statements", list, what)
        require(statements == sorted(set(statements)),
                "%s names what it rests on twice, or in another order" % what)
        if not statements:
            self.bundle.notes.append("%s rests on no signature" % what)
        for digest in statements:
            require(digest in known, "%s rests on %s, which nobody signed about it before"
                    % (what, digest))
            statement = known[digest]
            why = statement.why_void(self.bundle.people, sequence) or self.why_not(
                statement, document, entry, evidence)
            require(why is None, "%s rests on %s by %s, which counted for nothing: %s"
                    % (what, statement.what, statement.signer["printed_name"], why))
            # Whoever has one signature can make another of it.
            signer = (statement.key_id, statement.said["decision"])
            require(signer not in signers, "%s rests on two signatures by the key of %s"
                    % (what, statement.signer["printed_name"]))
            signers.add(signer)
            decisions.add(statement.said["decision"])
            self.bundle.counted.append((self.name, statement))
        allowed = {"approve", "override"} if is_override else {"approve"}
        require(decisions <= allowed, "%s rests on a statement that does not approve it" % what)
        require(not is_override or "override" in decisions,
                "%s was ordered in an emergency, and nobody signed the order" % what)
        if is_override:
            self.bundle.notes.append("%s was ordered in an emergency: the policy was not met"
                                     % what)

    def why_not(self, statement, document, entry, evidence):
        """Why a good statement does not count for the move of `document`, or None."""
        said = statement.said
        if (said["from"], said["to"]) != (document["from"], document["to"]):
            return "it is about another move"
        if said["policy"] != document["policy"]:
            return "the policy has changed since"
        if statement.evidence != evidence:
            return "the evidence has changed since"
        if said["expires"] and said["expires"] <= entry["time"]:
            return "it has expired"
        # It was about leaving this stage an earlier time, and the version went back since.
        if self.changes and (statement.sequence < self.changes[-1][0]
                             or said["signed_at"] < self.changes[-1][1]["time"]):
            return "it was given before the last move"
        return None

    def note_unknown(self):
        """Statements that name what the ledger did not have count for nothing; says so."""
        for statement in self.statements:
            had = {(d["kind"], e["payload"]) for n, e, d, _ in self.evidence
                   if n < statement.sequence}
            policies = {p["payload"] for n, p in self.bundle.policy_entries
                        if n < statement.sequence} | {None}
            if not set(statement.evidence) <= had or statement.said["policy"] not in policies:
                self.bundle.notes.append("%s names evidence or a policy that the ledger did not "
                                         "have: it counts for nothing" % statement.what)

    def card(self):
        """The newest card, as report.json shows it; NotImplemented where it cannot be read here."""
        cards = [(document["artifact"], name) for _, _, document, name in self.evidence
                 if document["kind"] == "model_card"]
        if not cards or cards[-1][1] is None or cards[-1][0]["size_bytes"] > 1 << 20:
            return None
        try:
            import tomllib  # pylint: disable=import-outside-toplevel  # Since Python 3.11.
        except ImportError:
            return NotImplemented
        try:
            card = tomllib.loads(self.bundle.files[cards[-1][1]].decode("utf-8-sig"))
        except (ValueError, RecursionError):
            return None
        if not is_card(card):
            return None
        shown = {key: card.get(key) for key in ("purpose", "intended_use", "owner", "tier",
                                                "materiality", "last_validation",
                                                "next_validation", "provider", "explanations",
                                                "retention")}
        for key in ("assumptions", "limits", "restrictions", "risks", "oversight", "monitoring",
                    "data", "not_applicable"):
            shown[key] = card.get(key, [])
        absent = dict.fromkeys(("licence", "origin", "labelling", "personal"))
        shown["data"] = [dict(absent, **each) for each in shown["data"]]
        absent = dict({"alternatives": []}, decided_by=None, decided_on=None)
        shown["decisions"] = [dict(absent, **each) for each in card.get("decision", [])]
        return dict(shown, findings=card.get("finding", []))

    def reported(self):
        """What report.json must say of it, but for the card."""
        shown = {key: self.document.get(key) for key in ("name", "version", "artifact", "run",
                                                         "reason")}
        changes = [{"from": d["from"], "to": d["to"], "at": e["time"], "actor": e["actor"],
                    "reason": d["reason"], "policy": d.get("policy"),
                    "override": d.get("override", False), "statements": d.get("statements", []),
                    "ledger_sequence": n} for n, e, d in self.changes]
        evidence = [{"kind": d["kind"], "artifact": d["artifact"], "reason": d["reason"],
                     "digest": e["payload"], "recorded_at": e["time"], "actor": e["actor"],
                     "ledger_sequence": n, "file": f} for n, e, d, f in self.evidence]
        return dict(shown, stage=self.stage, registration=self.registration,
                    registered_at=self.entry["time"], actor=self.entry["actor"],
                    ledger_sequence=self.sequence, changes=changes, evidence=evidence,
                    statements=[s.reported(self.bundle.people) for s in self.statements],
                    attestations=[a.reported(self.bundle.people) for a in self.attestations])


def take_hole(bundle, digest, what, why, sequence=None):
    """That `digest` is not here is listed; marks it as accounted for.  What was erased was so after
    the entry `sequence`, which named it."""
    require((digest, what) in bundle.holes,
            "%s names %s, which is not in the bundle, nor listed as left out" % (why, digest))
    require(bundle.holes[digest, what] != "erased"
            or sequence is not None and bundle.erased.get(digest, -1) > sequence,
            "%s names %s, which is listed as erased, and no later entry of the ledger says so"
            % (why, digest))
    bundle.used_holes.add((digest, what))


def check_models(bundle, _):
    """What was registered, shown, decided and moved agrees, in the order of the ledger."""
    bundle.versions, bundle.counted, bundle.evidence_files = {}, [], set()
    bundle.policy_entries = [(n, e) for n, _, e, _ in bundle.about if e["kind"] == "policy"]
    for sequence, _, entry, document in bundle.about:
        name, kind = entry["subject"], entry["kind"]
        if kind == "model_version":
            require(name not in bundle.versions, "%s was registered twice" % name)
            bundle.versions[name] = Version(bundle, sequence, entry, document)
        elif kind in ("evidence", "promotion", "statement", "attestation"):
            require(name in bundle.versions,
                    "ledger entry %d is about %s, which was not registered before it"
                    % (sequence, name))
        if kind == "evidence":
            bundle.versions[name].add_evidence(sequence, entry, document)
        elif kind == "promotion":
            bundle.versions[name].add_promotion(sequence, entry, document)
    for version in bundle.versions.values():
        version.note_unknown()
    require_files(bundle, "policy/", {"policy/%s.toml" % e["payload"][7:]
                                      for _, e in bundle.policy_entries},
                  "a policy that is not in the ledger")
    require_files(bundle, "evidence/", bundle.evidence_files, "evidence that nothing names")
    moves = sum(len(version.changes) for version in bundle.versions.values())
    return "%d versions of models, %d moves resting on %d signatures" % (
        len(bundle.versions), moves, len(bundle.counted))


def check_accounted(bundle, _):
    """Something names all that is here, and exactly what is listed as left out is not here."""
    extra = sorted(set(bundle.documents) - bundle.reached)
    require(not extra, "nothing refers to these documents: %s" % ", ".join(extra))
    unused = sorted(set(bundle.holes) - bundle.used_holes)
    require(not unused, "report.json lists as left out what is here, or what nothing names: %s"
            % ", ".join(digest for digest, _ in unused))
    if not bundle.holes:
        return "nothing was left out"
    whats = [(what, why) for (_, what), why in bundle.holes.items()]
    text = "%d things were left out, of which only digests are here: %s" % (
        len(whats), ", ".join("%s, %s (%d)" % (what, why.replace("_", " "),
                                               whats.count((what, why)))
                              for what, why in sorted(set(whats))))
    bundle.notes.append(text)
    return text


def check_reported_models(bundle):
    """report.json says of models, keys and policies what documents and ledger say."""
    reported = member(bundle.report, "models", list, "report.json")
    names = ["%s@%s" % (m.get("name"), m.get("version")) for m in reported]
    require(names == sorted(names, key=lambda n: (n.rpartition("@")[0], int(n.rpartition("@")[2])))
            and set(names) == set(bundle.versions) and len(names) == len(bundle.versions),
            "report.json has other models than the documents")
    for name, model in zip(names, reported):
        version = bundle.versions[name]
        expected = version.reported()
        require(model.keys() == expected.keys() | {"card"},
                "report.json has other members for %s" % name)
        for key, value in expected.items():
            require(same(model[key], value), "report.json says %r of %s where its documents say "
                    "%r, in %r" % first_difference(model[key], value, key, name))
        card = version.card()
        if card is NotImplemented:
            bundle.notes.append("the card of %s was not compared with its file, for which Python "
                                "3.11 or newer is needed" % name)
        else:
            require(same(model["card"], card), "the card of %s in report.json is not what its file "
                    "says" % name)
    keys = [person.reported() for person in bundle.people.values() if person.records]
    require(same(member(bundle.report, "keys", list, "report.json"), keys),
            "report.json says of the keys of people anything but what the ledger does")
    policies = [{"digest": e["payload"], "recorded_at": e["time"], "actor": e["actor"],
                 "ledger_sequence": n} for n, e in bundle.policy_entries]
    require(same(member(bundle.report, "policies", list, "report.json"), policies),
            "report.json says of the policies anything but what the ledger does")


def model_tables(bundle):
    """The tables in data/ about models: columns, and records that have them as members."""
    models = [dict(model, model=model["name"]) for model in bundle.report["models"]]

    def of(model, records):
        return [dict(record, model=model["name"], version=model["version"]) for record in records]

    evidence = [dict(record, path=record["artifact"]["path"], content=record["artifact"]["digest"],
                     size_bytes=record["artifact"]["size_bytes"])
                for model in models for record in of(model, model["evidence"])]
    inventory = [dict(model, **dict(model["card"] or {}, content=model["artifact"]["digest"]))
                 for model in models]
    first = ["model", "version"]
    return {
        "approvals": (first + ["decision", "from", "to", "printed_name", "owner", "role", "meaning",
                               "reason", "signed_at", "recorded_at", "expires", "void", "key",
                               "policy", "evidence", "ledger_sequence", "digest"],
                      [record for m in models for record in of(m, m["statements"])]),
        "attestations": (first + ["kind", "predicate_type", "printed_name", "owner", "key",
                                  "recorded_at", "void", "subjects", "resources",
                                  "ledger_sequence", "digest"],
                         [record for m in models for record in of(m, m["attestations"])]),
        "evidence": (first + ["kind", "path", "content", "size_bytes", "reason", "recorded_at",
                              "actor", "ledger_sequence", "digest", "file"], evidence),
        "inventory": (first + ["stage", "registered_at", "actor", "content", "run", "reason",
                               "purpose", "intended_use", "owner", "tier", "materiality",
                               "last_validation", "next_validation", "assumptions", "limits",
                               "restrictions", "findings"], inventory),
        "promotions": (first + ["from", "to", "at", "actor", "reason", "override", "policy",
                                "statements", "ledger_sequence"],
                       [record for m in models for record in of(m, m["changes"])])}
