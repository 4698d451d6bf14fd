#!/usr/bin/env python3
"""Checks exports of lineage with what their standards bring for that.

Usage: validate_exports.py [--prov FILE] [--prov-n FILE] [--openlineage FILE] [--cyclonedx FILE]
                           [--ro-crate FOLDER] [--csv FOLDER]

--prov-n needs --prov, with which it is compared.  Schemas lie in tests/data/standards/.  What
cannot be checked here is told by a line that begins with "SKIPPED:".
EXIT STATUS: 0 if all is well, 1 if something is wrong, 2 for wrong usage.
"""

import argparse
import csv
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from urllib.parse import unquote_to_bytes

STANDARDS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "standards")

try:
    import jsonschema
    import prov.model
except ImportError:
    # Debian's packages are of Debian's Python, which need not be the first on the path.
    if os.path.exists("/usr/bin/python3") and sys.executable != "/usr/bin/python3" \
            and "REPRISE_SECOND_TRY" not in os.environ:
        os.environ["REPRISE_SECOND_TRY"] = "1"
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
    jsonschema = None


class Wrong(Exception):
    """Something is not as its standard wants it."""


def require(condition, message):
    if not condition:
        raise Wrong(message)


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def schema(name):
    return json.loads(read(os.path.join(STANDARDS, name)))


def formats():
    """The formats that Debian's jsonschema knows, and two of those that need more packages."""
    checker = jsonschema.FormatChecker()
    checker.checks("date-time")(lambda value: not isinstance(value, str) or re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", value) is not None)
    checker.checks("uri")(lambda value: not isinstance(value, str) or re.fullmatch(
        r"[A-Za-z][A-Za-z0-9+.-]*:([A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*",
        value) is not None)
    return checker


def check_schema(document, rules, store=None, kind=None):
    kind = kind or jsonschema.validators.validator_for(rules)
    name = rules.get("$id", rules.get("id", "")).rstrip("#")
    # What a schema names by its whole address is found here: nothing is asked of the network.
    resolver = jsonschema.RefResolver(name, rules, store={name: rules, **(store or {})})
    checker = kind(rules, format_checker=formats(), resolver=resolver)
    for error in checker.iter_errors(document):
        raise Wrong(f"at {'/'.join(map(str, error.absolute_path))}: {error.message[:400]}")


def check_prov(path):
    """The schema of the submission; and Python's prov reads it and writes an equal graph."""
    text = read(path)
    check_schema(json.loads(text), schema("prov/prov-json.schema.json"))
    # NaN equals nothing, itself included, and would make every graph that has one unequal.
    readable = text.replace('"$": "NaN"', '"$": "0.5"')
    document = prov.model.ProvDocument.deserialize(content=readable, format="json")
    again = prov.model.ProvDocument.deserialize(content=document.serialize(format="json"),
                                                format="json")
    require(document == again, "the graph is another after it was written and read again")
    wanted = sum(len(records) for kind, records in json.loads(text).items() if kind != "prefix")
    got = len(document.get_records())
    require(got == wanted, f"{got} records are read of {wanted}")
    return document


# PROV-N, sections 3.7 and 5: what our documents use of the grammar.
_TOKEN = re.compile(r'''\s*(?:
    (?P<string>"(?:[^"\\\n\r]|\\[tbnrf\\"'])*")
  | (?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
  | (?P<quoted>'[A-Za-z][\w-]*:(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2})+')
  | (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))
  | (?P<name>[A-Za-z][\w-]*(?::(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2})+)?)
  | (?P<sign>%%|[(),;=\[\]-])
)''', re.VERBOSE)


class Notation:
    """Reads PROV-N into records that can be compared."""

    def __init__(self, text):
        self.tokens = []
        position = 0
        while position < len(text.rstrip()):
            match = _TOKEN.match(text, position)
            require(match, f"PROV-N has no token like {text[position:position + 40]!r}")
            self.tokens.append((match.lastgroup, match.group(match.lastgroup)))
            position = match.end()
        self.next = 0
        self.prefixes = {}

    def take(self, *wanted):
        require(self.next < len(self.tokens), "PROV-N ends too early")
        kind, text = self.tokens[self.next]
        require(not wanted or text in wanted or kind in wanted,
                f"PROV-N has {text!r} where one of {wanted} is wanted")
        self.next += 1
        return kind, text

    def sees(self, text):
        return self.next < len(self.tokens) and self.tokens[self.next][1] == text

    def document(self):
        self.take("document")
        while self.sees("prefix"):
            self.take("prefix")
            prefix = self.take("name")[1]
            self.prefixes[prefix] = self.take("iri")[1][1:-1]
        records = []
        while not self.sees("endDocument"):
            records.append(self.record())
        self.take("endDocument")
        require(self.next == len(self.tokens), "PROV-N goes on after its end")
        return records

    def record(self):
        name = self.take("name")[1]
        self.take("(")
        arguments, attributes = [], []
        while not self.sees(")"):
            if self.sees("["):
                attributes = self.attributes()
            else:
                arguments.append(self.take("name", "time", "-")[1])
            if not self.sees(")"):
                self.take(",")
        self.take(")")
        return name, tuple(arguments), tuple(sorted(attributes))

    def attributes(self):
        self.take("[")
        found = []
        while not self.sees("]"):
            name = self.take("name")[1]
            self.take("=")
            found.append((name, *self.value()))
            if not self.sees("]"):
                self.take(",")
        self.take("]")
        return found

    def value(self):
        kind, text = self.take("string", "quoted")
        if kind == "quoted":
            return text[1:-1], "prov:QUALIFIED_NAME"
        escapes = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
        text = re.sub(r"\\(.)", lambda m: escapes.get(m.group(1), m.group(1)), text[1:-1])
        if not self.sees("%%"):
            return text, "xsd:string"
        self.take("%%")
        return text, self.take("name")[1]


_ARGUMENTS = {
    "entity": [], "agent": [], "activity": ["prov:startTime", "prov:endTime"],
    "wasGeneratedBy": ["prov:entity", "prov:activity", "prov:time"],
    "used": ["prov:activity", "prov:entity", "prov:time"],
    "wasDerivedFrom": ["prov:generatedEntity", "prov:usedEntity", "prov:activity",
                       "prov:generation", "prov:usage"],
    "wasAssociatedWith": ["prov:activity", "prov:agent", "prov:plan"],
    "actedOnBehalfOf": ["prov:delegate", "prov:responsible", "prov:activity"],
    "wasInfluencedBy": ["prov:influencee", "prov:influencer"],
    "hadMember": ["prov:collection", "prov:entity"],
}


def records_of_json(document):
    """What a PROV-JSON document says, in the form of Notation.document()."""
    records = []
    for kind, by_id in document.items():
        if kind == "prefix":
            continue
        for name, members in by_id.items():
            is_element = kind in ("entity", "agent", "activity")
            arguments = [name] if is_element else []
            arguments += [members.get(member, "-") for member in _ARGUMENTS[kind]]
            attributes = []
            for attribute, values in members.items():
                if attribute in _ARGUMENTS[kind]:
                    continue
                for value in values if isinstance(values, list) else [values]:
                    if isinstance(value, str):
                        attributes.append((attribute, value, "xsd:string"))
                    else:
                        attributes.append((attribute, value["$"], value["type"]))
            records.append((kind, tuple(arguments), tuple(sorted(attributes))))
    return records


def check_prov_n(path, json_path):
    """It is of PROV-N's grammar and says what the PROV-JSON says."""
    notation = Notation(read(path))
    records = notation.document()
    document = json.loads(read(json_path))
    for prefix, space in document["prefix"].items():
        require(prefix in ("prov", "xsd") or notation.prefixes.get(prefix) == space,
                f"the prefix {prefix} is another in PROV-N")
    require(sorted(records) == sorted(records_of_json(document)),
            "PROV-N and PROV-JSON do not say the same")


def check_openlineage(path):
    """Each line is a RunEvent, with facets as their schemas want them; runs begin and end."""
    rules = schema("openlineage/OpenLineage.json")
    store = {rules["$id"]: rules}
    facets = {}
    folder = os.path.join(STANDARDS, "openlineage", "facets")
    for name in sorted(os.listdir(folder)):
        facet = json.loads(read(os.path.join(folder, name)))
        store[facet["$id"]] = facet
        for member in facet["properties"]:
            facets.setdefault(member, []).append(facet)
    states = {}
    seen = set()
    for line in read(path).splitlines():
        event = json.loads(line)
        check_schema(event, rules, store)
        holders = [event["run"]["facets"], event["job"]["facets"]]
        for dataset in event["inputs"] + event["outputs"]:
            holders += [dataset["facets"], dataset.get("inputFacets", {}),
                        dataset.get("outputFacets", {})]
        for holder in holders:
            for name, value in holder.items():
                if name.startswith("reprise_"):
                    continue
                require(name in facets, f"the facet {name} is none of the standard")
                for facet in facets[name]:
                    check_schema({name: value}, facet, store)
                    require(value["_schemaURL"].startswith(facet["$id"] + "#"),
                            f"the facet {name} says that it is {value['_schemaURL']}")
                seen.add(name)
        states.setdefault(event["run"]["runId"], []).append(event["eventType"])
    for run, types in states.items():
        require(types[0] == "START" and len(types) == 2 and
                types[1] in ("COMPLETE", "FAIL", "ABORT"), f"run {run} has the events {types}")
    return seen


def check_cyclonedx(path):
    """The schema; and every reference leads to something, by one name only."""
    bom = json.loads(read(path))
    store = {}
    for name in ("spdx.schema.json", "jsf-0.82.schema.json"):
        store["http://cyclonedx.org/schema/" + name] = schema("cyclonedx/" + name)
    check_schema(bom, schema("cyclonedx/bom-1.6.schema.json"), store, jsonschema.Draft7Validator)
    known = []

    def collect(value):
        if isinstance(value, dict):
            if "bom-ref" in value:
                known.append(value["bom-ref"])
            for member in value.values():
                collect(member)
        elif isinstance(value, list):
            for item in value:
                collect(item)

    collect(bom)
    require(len(known) == len(set(known)), "two things have one bom-ref")
    wanted = set()
    for dependency in bom["dependencies"]:
        wanted |= {dependency["ref"], *dependency.get("dependsOn", [])}

    def references(value):
        if isinstance(value, dict):
            if isinstance(value.get("ref"), str):
                wanted.add(value["ref"])
            for member in value.values():
                references(member)
        elif isinstance(value, list):
            for item in value:
                references(item)

    references(bom)
    require(wanted <= set(known), f"nothing is named {sorted(wanted - set(known))[:3]}")
    return bom


# Runs in the Python that has roc-validator, with the context of RO-Crate from a file: the validator
# asks the network for it.
_CRATE_CHECK = r'''
import email
import sys
import urllib.request
import urllib.response

import requests
import urllib3


class FromFile(urllib.request.HTTPSHandler, urllib.request.HTTPHandler):
    def https_open(self, request):
        if "/ro/crate/1.1/context" not in request.full_url:
            raise OSError("nothing is asked of the network: " + request.full_url)
        headers = email.message_from_string("Content-Type: application/ld+json")
        answer = urllib.response.addinfourl(open(sys.argv[2], "rb"), headers, request.full_url, 200)
        answer.msg = "OK"
        return answer

    http_open = https_open


urllib.request.install_opener(urllib.request.build_opener(FromFile))


def send(adapter, request, **more):
    if "/ro/crate/1.1/context" not in request.url:
        raise requests.exceptions.ConnectionError("nothing is asked of the network: " + request.url)
    answer = requests.models.Response()
    answer.status_code = 200
    answer.url = request.url
    answer.request = request
    answer.headers["Content-Type"] = "application/ld+json"
    answer.raw = urllib3.HTTPResponse(body=open(sys.argv[2], "rb"), status=200,
                                      headers=answer.headers, preload_content=False)
    return answer


requests.adapters.HTTPAdapter.send = send
from rocrate_validator import models, services
settings = services.ValidationSettings(
    rocrate_uri=sys.argv[1], profile_identifier="process-run-crate-0.5",
    requirement_severity=models.Severity.REQUIRED)
result = services.validate(settings)
for issue in result.get_issues():
    print(issue.check.identifier, issue.message)
sys.exit(1 if result.has_issues() else 0)
'''


def python_with_crate_validator():
    """The Python that scripts/setup --dev made, or this one, if it has roc-validator."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    for python in (os.path.join(cache, "reprise", "validators", "bin", "python"), sys.executable):
        if not os.path.exists(python):
            continue
        probe = subprocess.run([python, "-c", "import rocrate_validator"], capture_output=True,
                               check=False)
        if probe.returncode == 0:
            return python
    return None


def check_crate(folder):
    """Every file is there with its digest; roc-validator finds nothing REQUIRED wanting."""
    crate = json.loads(read(os.path.join(folder, "ro-crate-metadata.json")))
    check_crate_files(folder, crate)
    python = python_with_crate_validator()
    if python is None:
        print("SKIPPED: the crate was not given to roc-validator, which is not installed; "
              "scripts/setup --dev installs it")
        return
    context = os.path.join(STANDARDS, "ro-crate", "context-1.1.jsonld")
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run([python, "-c", _CRATE_CHECK, os.path.abspath(folder), context],
                              capture_output=True, text=True, check=False, cwd=scratch)
    require(done.returncode == 0, "roc-validator says: " + done.stdout + done.stderr[-2000:])


def check_crate_files(folder, crate):
    ids = [entity["@id"] for entity in crate["@graph"]]
    require(len(ids) == len(set(ids)), "two entities have one @id")
    for entity in crate["@graph"]:
        if entity["@type"] not in ("File", "Dataset") or entity["@id"] == "./":
            continue
        if entity["@id"].startswith("nih:"):
            continue
        path = os.path.join(os.fsencode(folder), unquote_to_bytes(entity["@id"]))
        require(os.path.exists(path), f"{entity['@id']} is not in the crate")
        if entity["@type"] == "File":
            with open(path, "rb") as file:
                content = file.read()
            require(hashlib.sha256(content).hexdigest() == entity["sha256"] and
                    len(content) == int(entity["contentSize"]), f"{entity['@id']} is other content")

    def references(value):
        if isinstance(value, dict):
            if set(value) == {"@id"}:
                yield value["@id"]
            for member in value.values():
                yield from references(member)
        elif isinstance(value, list):
            for item in value:
                yield from references(item)

    for reference in references(crate["@graph"]):
        require(reference in ids or reference.startswith("http"), f"{reference} leads nowhere")


def check_csv(folder):
    """Rows as long as their heading, edges between nodes, and no cell that is a formula."""
    tables = {}
    for name in ("nodes", "edges"):
        text = read(os.path.join(folder, name + ".csv"))
        require(text.endswith("\r\n"), f"{name}.csv has no end of its last line")
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
        for row in rows:
            require(None not in row and None not in row.values(), f"a row of {name}.csv is ragged")
            for cell in row.values():
                require(cell[:1] not in ("=", "+", "-", "@", "\t", "\r") or not cell[:1],
                        f"a cell of {name}.csv is a formula: {cell}")
        tables[name] = rows
    ids = [row["id"] for row in tables["nodes"]]
    require(len(ids) == len(set(ids)), "two nodes have one id")
    for row in tables["edges"]:
        require(row["from"] in ids and row["to"] in ids, f"an edge ends at no node: {row}")
    return tables


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("prov", "prov-n", "openlineage", "cyclonedx", "ro-crate", "csv"):
        parser.add_argument("--" + name)
    given = parser.parse_args()
    if given.prov_n and not given.prov:
        parser.error("--prov-n needs --prov")
    try:
        if given.csv:
            check_csv(given.csv)
        if given.ro_crate:
            check_crate(given.ro_crate)
        if given.prov_n:
            check_prov_n(given.prov_n, given.prov)
        if jsonschema is None:
            print("SKIPPED: the schemas were not checked: there is no python3-jsonschema or "
                  "python3-prov here")
            return 0
        if given.prov:
            check_prov(given.prov)
        if given.openlineage:
            check_openlineage(given.openlineage)
        if given.cyclonedx:
            check_cyclonedx(given.cyclonedx)
    except Wrong as wrong:
        print(wrong, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
