#!/usr/bin/env python3
"""The golden exports are what their standards want, and the checks of that see what is wrong."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from urllib.parse import unquote

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.join(HERE, "..", "..")
GOLDEN = os.path.join(TESTS, "golden", "export")
VALIDATOR = os.path.join(TESTS, "support", "validate_exports.py")


def validate(*arguments):
    done = subprocess.run([sys.executable, VALIDATOR, *arguments], capture_output=True, text=True,
                          check=False)
    return done.returncode, done.stdout + done.stderr


def golden(name):
    with open(os.path.join(GOLDEN, name), encoding="utf-8", newline="") as file:
        return file.read()


def written(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    return path


def crate_of(folder, text):
    """A folder with the crate and the files that its graph names."""
    os.mkdir(folder)
    written(folder, "ro-crate-metadata.json", text)
    contents = {"holdout", "weights", "scores"}
    for entity in json.loads(text)["@graph"]:
        if entity["@type"] == "Dataset" and entity["@id"] != "./":
            os.makedirs(os.path.join(folder, entity["@id"]))
        if entity["@type"] == "File" and entity["@id"].startswith("data/"):
            path = os.path.join(folder, unquote(entity["@id"]))
            os.makedirs(os.path.dirname(path))
            size = int(entity["contentSize"])
            for content in contents:
                if hashlib.sha256(content.encode()).hexdigest() == entity["sha256"]:
                    assert len(content) == size
                    with open(path, "wb") as file:
                        file.write(content.encode())
    return folder


def changed(text, before, after):
    assert before in text, f"{before!r} is not in the golden file"
    return text.replace(before, after)


def main():
    failures = []

    def expect(wanted, what, *arguments):
        status, told = validate(*arguments)
        for line in told.splitlines():
            if line.startswith("SKIPPED"):
                print(line)
        skipped = wanted == 1 and status == 0 and "SKIPPED" in told
        if status != wanted and not skipped:
            failures.append(f"{what}: exit status {status}: {told[-3000:]}")

    with tempfile.TemporaryDirectory() as folder:
        prov = os.path.join(GOLDEN, "prov.json")
        expect(0, "PROV", "--prov", prov, "--prov-n", os.path.join(GOLDEN, "prov.provn"))
        expect(0, "OpenLineage", "--openlineage", os.path.join(GOLDEN, "events.jsonl"))
        expect(0, "CycloneDX", "--cyclonedx", os.path.join(GOLDEN, "bom.cdx.json"))
        expect(0, "CSV", "--csv", GOLDEN)
        for name in ("crate_without_data", "crate_with_data"):
            expect(0, name, "--ro-crate",
                   crate_of(os.path.join(folder, name), golden(name + ".json")))

        # Each of these is wrong in one place.
        text = golden("prov.json")
        expect(1, "PROV with a relation that does not exist", "--prov",
               written(folder, "a.json", changed(text, '"hadMember"', '"hadMembers"')))
        expect(1, "PROV-N of another graph", "--prov", prov, "--prov-n",
               written(folder, "b.provn", changed(golden("prov.provn"), '"test"', '"tests"')))
        expect(1, "PROV-N that ends in a string", "--prov", prov, "--prov-n",
               written(folder, "c.provn", changed(golden("prov.provn"), 'endDocument', '"')))
        text = golden("events.jsonl")
        expect(1, "an event without job", "--openlineage",
               written(folder, "d.jsonl", changed(text, '"job":', '"jobs":')))
        expect(1, "a run identifier that is none", "--openlineage",
               written(folder, "e.jsonl", changed(text, '"runId":"0', '"runId":"x0')))
        expect(1, "column lineage without input fields", "--openlineage",
               written(folder, "f.jsonl", changed(text, '"inputFields"', '"fields"')))
        text = golden("bom.cdx.json")
        expect(1, "a component of a type that does not exist", "--cyclonedx",
               written(folder, "g.json", changed(text, '"machine-learning-model"', '"model"')))
        expect(1, "a reference to nothing", "--cyclonedx",
               written(folder, "h.json", changed(text, '"bom-ref": "sha256:', '"bom-ref": "sha1:')))
        text = golden("crate_without_data.json")
        expect(1, "a crate whose reference leads nowhere", "--ro-crate",
               crate_of(os.path.join(folder, "i"), changed(text, '"@id": "#license",',
                                                           '"@id": "#licence",')))
        expect(1, "a crate without date", "--ro-crate",
               crate_of(os.path.join(folder, "j"), changed(text, '"datePublished"', '"dated"')))
        bad = os.path.join(folder, "k")
        shutil.copytree(os.path.join(folder, "crate_with_data"), bad)
        for base, _, names in os.walk(os.path.join(bad, "data")):
            for name in names:
                with open(os.path.join(base, name), "ab") as file:
                    file.write(b"x")
        expect(1, "a crate with other content", "--ro-crate", bad)
        bad = os.path.join(folder, "l")
        os.mkdir(bad)
        written(bad, "nodes.csv", changed(golden("nodes.csv"), "'=cmd", "=cmd"))
        written(bad, "edges.csv", golden("edges.csv"))
        expect(1, "a table with a formula", "--csv", bad)
    for failure in failures:
        print("FAILED:", failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
