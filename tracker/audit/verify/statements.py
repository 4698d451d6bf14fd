

# What the bundle says of its evidence -----------------------------------------


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
        found.add(digest_below(bundle, use["digest"], path[len(prefix):]))
    return found


def digest_below(bundle, digest, path):
    """The digest that the raw `path` has below a folder; None: the bundle does not say."""
    for name in path.split(b"/"):
        entries = bundle.parsed.get(digest, {}).get("entries", [])
        digest = next((e.get("digest") for e in entries if raw(e["name"]) == name), None)
    return digest


def edge_of(value):
    """An edge of report.json as (from, to, kind, raw path)."""
    start, end, kind = (member(value, key, str, "an edge") for key in ("from", "to", "kind"))
    return start, end, kind, raw(value.get("path"))


def check_edge(bundle, edge):
    """The edge follows from the record of its run, or from a folder."""
    start, end, kind, path = edge
    what = "the edge %s from %s to %s" % (kind, start, end)
    require(start in bundle.subjects and end in bundle.subjects, "%s leads nowhere" % what)
    if kind == "part_of":
        reach_tree(bundle, end, "the folder of %s" % what)
        require(digest_below(bundle, end, path) == start,
                "%s does not follow from that folder" % what)
        return
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
    named = {(identity, entry["subject"]) for _, _, entry, document in bundle.about
             if entry["kind"] == "verdict" and entry["subject"] in bundle.run_ids and document
             for identity in document["reruns"] + [document["rerun"]]}
    for identity in sorted(listed | {rerun for rerun, _ in named}):
        require(identity in bundle.runs,
                "run %s, which a verdict names as a rerun, was left out of the bundle" % identity)
    for identity in sorted(listed):
        require(bundle.runs[identity][1].get("reproduces") in bundle.run_ids,
                "run %s is no rerun by its record of what the bundle is about" % identity)
    for identity, original in sorted(named):
        require(bundle.runs[identity][1].get("reproduces") == original,
                "run %s is no rerun of %s by its record" % (identity, original))
    return listed


def demanded_parts(bundle, root, written):
    """What lies in the folder `root`, as far as its trees are here, and was written by runs of the
    bundle, and that they wrote it: a subfolder that is met again has its files where it was met
    first."""
    demanded, walked, pending = set(), {root}, [(root, b"")]
    for digest, prefix in pending:  # Which grows meanwhile.
        for entry in bundle.parsed.get(digest, {}).get("entries", []):
            if entry.get("digest") in (None, EMPTY_FILE, EMPTY_FOLDER):
                continue
            path = prefix + raw(entry["name"])
            if entry["digest"] in written:
                demanded.add((entry["digest"], root, "part_of", path))
                demanded |= written[entry["digest"]]
            if entry["kind"] == "folder" and entry["digest"] not in walked:
                walked.add(entry["digest"])
                pending.append((entry["digest"], path + b"/"))
    return demanded


def demanded_edges(bundle, reruns):
    """The edges that must be there by the records of the runs: what the runs wrote that the bundle
    is about, their reruns, whoever of the bundle wrote what it is about or what lies in it, and
    upstream of it all that was read, with whoever wrote that, and all origins."""
    written = {}
    for identity, (_, run, _) in bundle.runs.items():
        for use in run["outputs"]:
            edge = (identity, use["digest"], "produced", raw(use["path"]))
            written.setdefault(use["digest"], set()).add(edge)
    demanded = {edge for edges in written.values() for edge in edges if edge[0] in bundle.run_ids}
    demanded |= {(bundle.runs[identity][1]["reproduces"], identity, "reproduces", b"")
                 for identity in reruns}
    demanded |= {edge for root in bundle.roots for edge in written.get(root, ())}
    members = sum(len(document["entries"]) for document in bundle.parsed.values()
                  if document["type"] == "reprise/tree/v1")
    for root in bundle.roots if members < MEMBERS_MAX else ():
        demanded |= demanded_parts(bundle, root, written)
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
    """The nodes are the runs of the bundle and artifacts, and edges join all to its subject."""
    nodes = bundle.report["lineage"]["nodes"]
    kinds = {node["id"]: node.get("kind") for node in nodes}
    require(len(kinds) == len(nodes), "a node of the lineage is there twice")
    for identity in sorted(bundle.subjects):
        kind = "run" if identity in bundle.runs else "artifact"
        require(kinds.get(identity) == kind, "%s is not in the lineage as %s" % (identity, kind))
        require(kind == "run" or is_digest(identity),
                "%s is in the lineage, and no such run is in the bundle" % identity)
    into = {}
    for start, end, _, _ in edges:
        into.setdefault(end, []).append(start)
    pending, joined = sorted(bundle.roots), set()
    while pending:
        identity = pending.pop()
        if identity not in joined:
            joined.add(identity)
            pending += into.get(identity, [])
    joined |= {end for start, end, _, _ in edges if start in bundle.run_ids}
    require(joined >= bundle.subjects, "no edges join the subject and %s: they were left out"
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
    check_subject(bundle, edges)
    return "%d edges, which are those that the records give" % len(edges)


def check_subject(bundle, edges):
    """The runs, content and versions that the bundle is about are those that its name means."""
    kind, name, runs = bundle.subject["kind"], bundle.subject["name"], bundle.run_ids
    artifacts, versions = (member(bundle.subject, key, list, "the subject")
                           for key in ("artifacts", "versions"))
    models = [bundle.versions.get(version) for version in versions]
    require(None not in models, "a version that the bundle is about is not in it")
    if kind == "run":
        holds = runs == [name] and not artifacts and not versions
    elif kind == "experiment":
        holds = not artifacts and not versions and all(
            bundle.runs[identity][1].get("experiment") == name for identity in runs)
    else:
        made = {start for start, end, edge, _ in edges if edge == "produced" and end in artifacts}
        made |= {model.document.get("run") for model in models}
        contents = [name] if kind == "artifact" else sorted({model.content for model in models})
        holds = set(runs) <= made and artifacts == contents
        every = {e["subject"] for _, e in bundle.entries.values() if e["kind"] == "model_version"}
        holds = holds and {
            "artifact": not versions, "model_version": versions == [name],
            "model": set(versions) == {v for v in every if v.rpartition("@")[0] == name},
            "stage": bool(versions) and all(model.stage == name for model in models),
        }.get(kind, False)
        holds = holds and all(model.document.get("run") in [None] + runs for model in models)
    require(holds, "what the bundle is about is not what its name, %s %s, means"
            % (kind.replace("_", " "), name))


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
        elif document is None:
            continue  # It was left out.
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
    # What a record leaves out because it has none is null in a report.
    expected["capture"] = {"closure": None, **run["capture"]}
    expected.update({
        "document": digest, "ledger_sequence": sequence, "tags": tags, "notes": notes,
        "command": recipe.get("command", []),
        "working_directory": recipe.get("working_directory", ""),
        "params": {k: plain(v) for k, v in recipe.get("parameters", {}).items()},
        "environment": recipe.get("environment"), "inputs": recipe.get("inputs", []),
        "evidence": run.get("evidence", []), "metrics": metrics,
        "code": code and {k: code[k] for k in ("commit", "branch", "dirty", "tree", "patch")}})
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
                    "report.json says %r of %s where its documents say %r, in %r"
                    % first_difference(run[key], value, key, "run " + run["id"]))


def expected_ledger(bundle):
    """What report.json must say of the ledger: its state, the events and the verdicts."""
    events = [{"sequence": s, "time": e["time"], "kind": e["kind"], "subject": e["subject"],
               "actor": e["actor"], "payload": e["payload"], "leaf_hash": leaf_hash(l).hex()}
              for s, l, e, _ in bundle.about]
    verdicts = [{"sequence": s, "time": e["time"], "actor": e["actor"], "document": e["payload"],
                 "verdict": d} for s, _, e, d in bundle.about
                if e["kind"] == "verdict" and e["subject"] in bundle.run_ids]
    ledger = {"origin": bundle.checkpoint.origin, "size": bundle.checkpoint.size,
              "root": base64.b64encode(bundle.checkpoint.root).decode(), "key": bundle.key.text,
              "key_sha256": bundle.key.fingerprint(),
              "key_changes": [change.reported() for change in bundle.key_changes],
              "seals": reported_seals(bundle),
              "listed": "proofs_only" if bundle.leaves is None else "all"}
    return {"events": events, "verdicts": verdicts, "ledger": ledger,
            "since": bundle.since and bundle.since.reported(bundle),
            "store": bundle.checkpoint.origin[len("reprise/"):], "type": "reprise/audit-report/v1"}


def reported_subjects(bundle):
    """The runs that the bundle is about, as report.json shows them."""
    return [bundle.report["run"]] if bundle.report["run"] else bundle.report["runs"]


def check_report(bundle, _):
    """report.json says what the documents and the ledger say."""
    report = bundle.report
    reported = reported_subjects(bundle) + report["upstream"] + report["reruns"]
    check_reported_runs(bundle, reported)
    check_reported_models(bundle)
    expected = expected_ledger(bundle)
    for key, value in expected.items():
        require(same(report.get(key), value),
                "the member %r of report.json is not what the ledger says" % key)
    checked = {"subject", "run", "runs", "upstream", "reruns", "lineage", "models", "keys",
               "policies", "series_left_out", "left_out"} | expected.keys()
    extra = report.keys() - checked - set(REPORT_ONLY_SAYS)
    require(not extra, "report.json has other members: %s" % ", ".join(sorted(extra)))
    return "report.json agrees with %d runs and %d events" % (
        len(reported), len(expected["events"]))


def cell(value):
    return value if isinstance(value, str) else canonical(value)


def read_csv(bundle, name, columns):
    text = bundle.file("data/%s.csv" % name).decode("utf-8")
    csv.field_size_limit(FILE_BYTES_MAX)  # Of itself it stops at 128 KiB; parameters may be longer.
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    require(rows and rows[0] == columns, "data/%s.csv has other columns" % name)
    require(text == "".join(",".join(map(csv_cell, row)) + "\r\n" for row in rows),
            "data/%s.csv is not in the form in which tables are written" % name)
    return rows[1:]


def csv_cell(text):
    return '"%s"' % text.replace('"', '""') if re.search('[,"\r\n]', text) else text


def equal_cell(text, value):
    # JSON has larger whole numbers than it holds exactly; a table has all their digits.
    if type(value) in (int, float) and abs(value) >= 2 ** 53 and re.fullmatch("-?[0-9]+", text):
        return float(text) == value
    return text == ("" if value is None else cell(value))


def requirements_table(bundle):
    """The columns of data/requirements.csv, and its rows as records, by report.json."""
    def recorded(answer):
        count = "" if answer["count"] == 1 else " (%s)" % answer["count"]
        return " ".join(["%s%s:" % (answer["fact"], count)] + answer["digests"])

    records = [dict(row, template=asked["template"], model=asked["model"],
                    recorded="; ".join(map(recorded, row["recorded"])),
                    missing="; ".join(row["missing"]))
               for asked in bundle.report["requirements"] for row in asked["rows"]]
    return ["template", "model", "id", "requirement", "state", "recorded", "missing", "reason",
            "decided_by"], records


def check_tables(bundle, _):
    """The tables in data/ hold the same cells as report.json."""
    runs = reported_subjects(bundle)

    def of(run, records):
        return [dict(record, run=run["id"]) for record in records]

    def keyed(run, records):
        return of(run, [dict(value, key=key) for key, value in sorted(records.items())])

    use = ["path", "role", "kind", "digest", "size_bytes", "run"]
    recipes = {run["id"]: bundle.runs[run["id"]][2] or {} for run in runs}
    tables = {
        "params": (["key", "type", "value", "run"], [
            record for run in runs
            for record in keyed(run, recipes[run["id"]].get("parameters", {}))]),
        "metrics": (["key", "count", "last", "min", "max", "last_step", "run"],
                    [record for run in runs for record in keyed(run, run["metrics"])]),
        "inputs": (use, [record for run in runs for record in of(run, run["inputs"])]),
        "outputs": (use, [record for run in runs for record in of(run, run["outputs"])]),
        "events": (["sequence", "time", "actor", "kind", "subject", "payload", "leaf_hash"],
                   bundle.report["events"]), **model_tables(bundle)}
    if member(bundle.report, "requirements", list, "report.json"):
        tables["requirements"] = requirements_table(bundle)
    require("requirements" in tables or "data/requirements.csv" not in bundle.files,
            "data/requirements.csv is here, and report.json asks nothing")
    for name, (columns, records) in tables.items():
        rows = read_csv(bundle, name, columns)
        require(len(rows) == len(records), "data/%s.csv has %d rows for %d records"
                % (name, len(rows), len(records)))
        for number, (row, record) in enumerate(zip(rows, records), 1):
            require(len(row) == len(columns) and all(
                equal_cell(text, record.get(column)) for text, column in zip(row, columns)),
                "data/%s.csv says something else than report.json in row %d" % (name, number))
    return "%d tables agree with report.json" % len(tables)


def check_series(bundle, _):
    """The metric points in data/series.csv are those whose digests the runs' records have."""
    points = {}
    for row in read_csv(bundle, "series", ["key", "step", "time", "value", "value_bits", "run"]):
        require(len(row) == 6, "data/series.csv has a malformed row")
        bits = int(row[4], 16)
        value = struct.unpack("<d", struct.pack("<Q", bits))[0]
        require(float(row[3]) == value or value != value and row[3] == "NaN",
                "data/series.csv shows a number that is not the one of its bits")
        points.setdefault((row[5], row[0]), []).append(struct.pack("<qQ", int(row[1]), bits))
    left_out = {(member(one, "run", str, "a series"), member(one, "key", str, "a series"))
                for one in member(bundle.report, "series_left_out", list, "report.json")}
    metrics = {(identity, key): metric for identity in bundle.run_ids
               for key, metric in bundle.runs[identity][1]["metrics"].items()}
    require(set(points) | left_out == set(metrics) and not set(points) & left_out,
            "data/series.csv has other metrics than the runs")
    for series, rows in points.items():
        content = b"reprise/metric-series-values/v1\n" + b"".join(rows)
        require(digest_name(content) == metrics[series]["values"],
                "the points of metric %r are not those that the run recorded" % series[1])
    if left_out:
        bundle.notes.append("the points of %s are not in the bundle"
                            % ", ".join(sorted({key for _, key in left_out})))
    return "the points of %d metrics are those recorded" % len(points)
