

# The verdict ------------------------------------------------------------------


def read_brought(path):
    """A file that the auditor named."""
    try:
        with open(path, "rb") as file:
            return file.read(FILE_BYTES_MAX)
    except OSError as error:
        raise Failed("%r cannot be read: %s" % (path, error.strerror)) from error


def read_trusted_keys(paths):
    """Verifier keys and fingerprints, one a line, and the fingerprints of keys in PEM, of files."""
    lines, people = [], set()
    for path in paths:
        text = read_brought(path).decode("utf-8", "replace")
        for pem in re.findall("-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", text, re.S):
            people.add(sha256(der_of(pem.replace("\r", ""), "a key in %r" % path)).hex())
            text = text.replace(pem, "")
        lines += [line.strip() for line in text.split("\n") if line.strip() and line[0] != "#"]
    people |= {line for line in lines if re.fullmatch("[0-9a-f]{64}", line)}
    return [line for line in lines if line not in people], people


def check_trusted_key(bundle, options):
    """The log's key is among those that the auditor trusts."""
    lines, people = read_trusted_keys(options.trusted_keys)
    require(not options.trusted_keys or lines or people, "the file of trusted keys holds none")
    # A fingerprint of a person's key is none of a log's: they are of different forms of keys.
    # One that was only revoked has no key here, and may be any fingerprint.
    known = {"sha256:" + fingerprint for fingerprint, person in bundle.people.items()
             if person.records}
    bundle.brought = people | {line[len("sha256:"):] for line in lines if line in known}
    wanted = list(options.trust) + [line for line in lines if line not in known]
    if wanted:
        keys = [bundle.key] + [change.old for change in reversed(bundle.key_changes)]
        trusted = [n for n, key in enumerate(keys)
                   if key.text in wanted or key.fingerprint() in wanted]
        require(trusted, "the log is signed by a key that you do not trust: %s" % bundle.key.text)
        bundle.anchors.append("a key that you trust" + (
            "" if trusted[0] == 0 else ", from which changes of the key lead to the one that signs "
            "now"))


def judge_signatures(bundle):
    """Which of the signatures that moves rest on are by keys that the auditor did not bring."""
    unknown = {}
    for name, statement in bundle.counted:
        if statement.key_id not in bundle.brought:
            unknown.setdefault(statement.key_id, []).append(
                "%s to %s" % (name, statement.said["to"]))
    for fingerprint, moves in sorted(unknown.items()):
        bundle.notes.append("signed by a key that you did not bring, that of %s (%s): the moves %s"
                            % (bundle.people[fingerprint].name(), fingerprint,
                               ", ".join(sorted(set(moves)))))
    if bundle.counted:
        count = sum(statement.key_id not in bundle.brought for _, statement in bundle.counted)
        bundle.signatures = (
            "of the %d signatures that moves rest on, %s by keys of people that you brought"
            % (len(bundle.counted), "all are" if not count else
               "none is" if count == len(bundle.counted) else
               "%d are" % (len(bundle.counted) - count)))


def check_kept_checkpoint(bundle, path):
    """The log begins with what the kept checkpoint covers."""
    since = open_checkpoint(bundle, read_brought(path), "the checkpoint that you kept")
    require(since.size > 0,
            "the checkpoint that you kept is of the empty log, with which every log begins: it "
            "proves nothing")
    require(since.size <= bundle.checkpoint.size,
            "the log was cut off: you kept a checkpoint of %d entries, and it has %d"
            % (since.size, bundle.checkpoint.size))
    if bundle.leaves is None:
        require(bundle.since is not None and bundle.since.size == since.size,
                "with proofs only, nothing can be said about the checkpoint that you kept; ask for "
                "a bundle that begins from it (reprise audit export --since)")
        root = bundle.since.checkpoint.root
    else:
        root = root_of(bundle.leaves[:since.size])
    require(root == since.root,
            "the log was rewritten: its first %d entries are not those of the checkpoint that "
            "you kept" % since.size)
    if bundle.since is not None and bundle.since.size != since.size:
        bundle.notes.append("the report tells of changes since a checkpoint of %d entries, and you "
                            "kept one of %d" % (bundle.since.size, since.size))
    return since


def own_entries(bundle, later):
    """Those of the entries `later` without which nothing would be that the bundle is about."""
    runs = {entry["subject"] for entry in later if entry["kind"] == "run"}
    makers = {}  # By content that it is about.
    for edge in bundle.report["lineage"]["edges"]:
        if edge["kind"] == "produced" and edge["to"] in bundle.roots:
            makers.setdefault(edge["to"], set()).add(edge["from"])
    own_runs = set(bundle.run_ids).union(*(made for made in makers.values() if made <= runs))
    kinds = {"model_version"} | ({"promotion"} if bundle.subject["kind"] == "stage" else set())
    return [entry for entry in later if
            entry["kind"] == "run" and entry["subject"] in own_runs
            or entry["kind"] in kinds and entry["subject"] in bundle.subject["versions"]]


def judge_coverage(bundle, size, what):
    """Whether a checkpoint that others keep anchors the run: it says nothing of the entries after
    it, which whoever has the key can still write anew."""
    later = [entry for sequence, _, entry, _ in bundle.about if sequence >= size]
    own = own_entries(bundle, later)
    if own:
        bundle.uncovered = "%s recorded after %s, of %d entries, which does not anchor it" % (
            "the run was" if bundle.subject["kind"] == "run" else
            "%s of what the bundle is about was" % ", ".join(sorted({e["subject"] for e in own})),
            what, size)
        return
    bundle.anchors.append("%s, of %d entries" % (what, size))
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
        since = check_kept_checkpoint(bundle, options.since)
        judge_coverage(bundle, since.size, "the checkpoint that you kept")
    check_brought_witnesses(bundle, options)
    check_brought_authorities(bundle, options)
    judge_signatures(bundle)
    return ", ".join(bundle.anchors) or bundle.uncovered or "none given"


CHECKS = [("files", check_files), ("signature", check_signature), ("checkpoint", check_checkpoint),
          ("ledger", check_ledger), ("proofs", check_proofs), ("seals", check_seals),
          ("since", check_since), ("documents", check_documents), ("runs", check_runs),
          ("events", check_events), ("people", check_people), ("models", check_models),
          ("lineage", check_lineage), ("accounted", check_accounted), ("report", check_report),
          ("tables", check_tables), ("series", check_series), ("anchor", check_anchor)]


def conclusion(bundle):
    """What a bundle that passed every check is worth."""
    if bundle.anchors:
        text = "verified, anchored by %s" % " and ".join(bundle.anchors)
    else:
        text = ("self-consistent, unanchored: the bundle agrees with itself; compare the "
                "fingerprint with one that you got elsewhere, or use --trust or --since")
    return "; ".join([text] + [more for more in (bundle.uncovered, bundle.signatures) if more])


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
    for person in bundle.people.values():
        if person.records:
            say(printable("person  %s (%s; %s)%s" % (
                person.name(), person.records[-1][2]["owner"],
                ", ".join(person.records[-1][2]["roles"]),
                ", revoked" if person.revoked else "")))
            say("        fingerprint %s" % person.fingerprint)
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
    parser.add_argument("--witness", metavar="KEY", action="append", default=[])
    parser.add_argument("--quorum", metavar="N", type=int)
    parser.add_argument("--tsa-ca", metavar="FILE", action="append", default=[])
    return parser.parse_args(arguments)


if __name__ == "__main__":
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    OPTIONS = parse_options(sys.argv[1:])
    sys.exit(1 if verify(OPTIONS.bundle, OPTIONS) else 0)
