#!/usr/bin/env python3
"""Checks what `reprise export --format slsa` and `model-signing` write.

--statement FILE    SLSA provenance v1 without a signature
--envelope FILE     the same, signed: a DSSE envelope; needs --key
--bundle FILE       OpenSSF Model Signing 1.0: a Sigstore bundle; needs --key and --model
--key FILE          the public key, PEM
--model PATH        the model's file or folder

Everything is checked by this script and the openssl command, and then once more by the tools of
others, where scripts/setup --dev has installed them: model_signing of the OpenSSF, Sigstore's
@sigstore/verify, and the messages of in-toto.  Exit status 1: something is wrong, and is told.
What cannot be checked here is told by a line that begins with "SKIPPED:".
"""

import argparse
import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

CACHE = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
VALIDATORS = os.path.join(CACHE, "reprise", "validators")
RESOURCE = {"name", "uri", "digest", "content", "downloadLocation", "mediaType", "annotations"}
IGNORED = [".git", ".gitattributes", ".github", ".gitignore"]
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


class Wrong(Exception):
    pass


def require(fact, sentence):
    if not fact:
        raise Wrong(sentence)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def members(value, wanted, maybe, what):
    require(isinstance(value, dict), f"{what} is no record")
    missing = set(wanted) - set(value)
    require(not missing, f"{what} has no {sorted(missing)}")
    more = set(value) - set(wanted) - set(maybe)
    require(not more, f"{what} has {sorted(more)}")


def check_resource(resource, what):
    members(resource, [], RESOURCE, what)
    require(resource.keys() & {"uri", "digest", "content"}, f"{what} names nothing")
    for algorithm, digest in resource.get("digest", {}).items():
        sizes = {"sha256": (64,), "gitCommit": (40, 64)}
        require(len(digest) in sizes[algorithm] and re.fullmatch("[0-9a-f]+", digest),
                f"{what} has the digest {digest}")
    for uri in (resource[key] for key in ("uri", "downloadLocation") if key in resource):
        require(re.fullmatch(r"[a-z][a-z0-9+.-]*:[!#-;=?-Z_a-z~%@\[\]]+", uri), f"{uri} is no URI")


def check_statement(statement, predicate_type):
    members(statement, ["_type", "subject", "predicateType", "predicate"], [], "the statement")
    require(statement["_type"] == "https://in-toto.io/Statement/v1", "it is no statement")
    require(statement["predicateType"] == predicate_type, "it has another predicate")
    require(statement["subject"], "it is about nothing")
    names = [subject["name"] for subject in statement["subject"]]
    require(len(set(names)) == len(names), "two subjects have one name")
    for subject in statement["subject"]:
        check_resource(subject, "a subject")
        require("sha256" in subject["digest"], "a subject has no SHA-256")


def check_provenance(statement):
    """By the text of slsa.dev/spec/v1.0/provenance and its schema, provenance.proto."""
    check_statement(statement, "https://slsa.dev/provenance/v1")
    predicate = statement["predicate"]
    members(predicate, ["buildDefinition", "runDetails"], [], "the predicate")
    definition = predicate["buildDefinition"]
    members(definition, ["buildType", "externalParameters"],
            ["internalParameters", "resolvedDependencies"], "buildDefinition")
    require(re.match("[a-z]+:.", definition["buildType"]), "buildType is no URI")
    for key in ("externalParameters", "internalParameters"):
        require(isinstance(definition[key], dict), f"{key} is no record")
    for resource in definition["resolvedDependencies"]:
        check_resource(resource, f"the dependency {resource.get('name')}")
    details = predicate["runDetails"]
    members(details, ["builder"], ["metadata", "byproducts"], "runDetails")
    members(details["builder"], ["id"], ["version", "builderDependencies"], "builder")
    metadata = details["metadata"]
    members(metadata, [], ["invocationId", "startedOn", "finishedOn"], "metadata")
    for key in metadata.keys() - {"invocationId"}:
        require(TIME.fullmatch(metadata[key]), f"{key} is {metadata[key]}")
    for resource in details["byproducts"]:
        check_resource(resource, f"the byproduct {resource.get('name')}")
    in_toto(statement)


_IN_TOTO = r'''
import json
import sys

from google.protobuf import json_format
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
from in_toto_attestation.v1 import statement, statement_pb2

document = json.load(sys.stdin)
message = json_format.ParseDict(document, statement_pb2.Statement())
statement.Statement.copy_from_pb(message).validate()
assert json_format.MessageToDict(message) == document, "the statement loses something"
provenance = json_format.ParseDict(document["predicate"], provenance_pb2.Provenance())
assert json_format.MessageToDict(provenance) == document["predicate"], "the provenance does"
'''


def python_with(module):
    """The Python that scripts/setup --dev made, or this one, if it has the module."""
    for python in (os.path.join(VALIDATORS, "bin", "python"), sys.executable):
        if not os.path.exists(python):
            continue
        probe = subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False)
        if probe.returncode == 0:
            return python
    return None


def skipped(what, tool):
    print(f"SKIPPED: {what} not given to {tool}, which is not installed; scripts/setup --dev "
          "installs it")


def in_toto(statement):
    python = python_with("in_toto_attestation.predicates.provenance.v1.provenance_pb2")
    if python is None:
        skipped("the provenance was", "in-toto-attestation")
        return
    done = subprocess.run([python, "-c", _IN_TOTO], input=json.dumps(statement), text=True,
                          capture_output=True, check=False)
    require(done.returncode == 0, "in-toto-attestation says: " + done.stderr[-2000:])


def verified_payload(envelope, key):
    """The statement in an envelope that `key` signed (DSSE, protocol.md), by openssl."""
    members(envelope, ["payload", "payloadType", "signatures"], [], "the envelope")
    require(envelope["payloadType"] == "application/vnd.in-toto+json", "another payloadType")
    require(len(envelope["signatures"]) == 1, "there is not one signature")
    payload = base64.b64decode(envelope["payload"], validate=True)
    kind = envelope["payloadType"].encode()
    signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "signature")
        with open(path, "wb") as file:
            file.write(base64.b64decode(envelope["signatures"][0]["sig"], validate=True))
        done = subprocess.run(["openssl", "dgst", "-sha256", "-verify", key, "-signature", path],
                              input=signed, capture_output=True, check=False)
    require(done.returncode == 0, "openssl says: " + done.stdout.decode() + done.stderr.decode())
    return json.loads(payload)


def files_of(model):
    """{path: SHA-256} of what is signed of a model (OMS 1.0, section 6)."""
    if os.path.isfile(model):
        return {os.path.basename(model): hashlib.sha256(read(model)).hexdigest()}
    files = {}
    for folder, _, names in os.walk(model):
        for name in names:
            path = os.path.join(folder, name)
            relative = os.path.relpath(path, model)
            if relative.split(os.sep)[0] not in IGNORED:
                files[relative] = hashlib.sha256(read(path)).hexdigest()
    return files


def check_bundle(path, key, model):
    """By ossf/model-signing-spec, spec/v1.0.md."""
    bundle = json.loads(read(path))
    members(bundle, ["mediaType", "verificationMaterial", "dsseEnvelope"], [], "the bundle")
    require(bundle["mediaType"] == "application/vnd.dev.sigstore.bundle.v0.3+json",
            "it is another kind of bundle")
    hint = bundle["verificationMaterial"]["publicKey"]["hint"]
    require(hint == hashlib.sha256(read(key)).hexdigest(), "the bundle names another key")
    statement = verified_payload(bundle["dsseEnvelope"], key)
    check_statement(statement, "https://model_signing/signature/v1.0")
    require(len(statement["subject"]) == 1, "it is about several models")
    predicate = statement["predicate"]
    members(predicate, ["resources", "serialization"], [], "the predicate")
    require(predicate["serialization"] == {
        "method": "files", "hash_type": "sha256", "allow_symlinks": False,
        "ignore_paths": IGNORED}, "the serialization is another")
    names = [resource["name"] for resource in predicate["resources"]]
    require(names == sorted(names), "the files are not sorted by code points")
    root = hashlib.sha256(b"".join(bytes.fromhex(resource["digest"])
                                   for resource in predicate["resources"])).hexdigest()
    require(statement["subject"][0]["digest"] == {"sha256": root}, "the root is another")
    signed = {resource["name"]: resource["digest"] for resource in predicate["resources"]}
    require(signed == files_of(model), f"the files are others: {signed}, {files_of(model)}")
    model_signing(path, key, model)
    sigstore(path, key)


def model_signing(path, key, model):
    python = python_with("model_signing")
    if python is None:
        skipped("the signature was", "model_signing")
        return
    with tempfile.TemporaryDirectory() as scratch:
        if os.path.isfile(model):
            # The tool has a name of its own for a model that is a file, ".", where the standard has
            # that of the file; in a folder it finds the file under that.
            shutil.copy(model, scratch)
            model = scratch
        done = subprocess.run([python, "-m", "model_signing", "verify", "key", model,
                               "--signature", path, "--public_key", key],
                              capture_output=True, text=True, check=False)
    require(done.returncode == 0 and "Verification succeeded" in done.stdout + done.stderr,
            "model_signing says: " + (done.stdout + done.stderr)[-2000:])


_SIGSTORE = r'''
const {createPublicKey} = require("crypto");
const {readFileSync} = require("fs");
const {bundleFromJSON} = require("@sigstore/bundle");
const {Verifier, toSignedEntity, toTrustMaterial} = require("@sigstore/verify");
const publicKey = createPublicKey(readFileSync(process.argv[3]));
const known = {tlogs: [], ctlogs: [], timestampAuthorities: [], certificateAuthorities: []};
const trust = toTrustMaterial(known, () => ({publicKey, validFor: () => true}));
const verifier = new Verifier(
    trust, {tlogThreshold: 0, ctlogThreshold: 0, tsaThreshold: 0, timestampThreshold: 0});
verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(readFileSync(process.argv[2])))));
'''


def sigstore(path, key):
    modules = os.path.join(VALIDATORS, "node", "node_modules")
    if not os.path.isdir(os.path.join(modules, "@sigstore", "verify")) or not shutil.which("node"):
        skipped("the signature was", "@sigstore/verify")
        return
    with tempfile.TemporaryDirectory() as scratch:
        script = os.path.join(scratch, "verify.cjs")
        with open(script, "w", encoding="utf-8") as file:
            file.write(_SIGSTORE)
        done = subprocess.run(["node", script, path, key], capture_output=True, text=True,
                              check=False, env={**os.environ, "NODE_PATH": modules})
    require(done.returncode == 0, "@sigstore/verify says: " + done.stderr[-2000:])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("statement", "envelope", "bundle", "key", "model"):
        parser.add_argument("--" + name)
    given = parser.parse_args()
    if (given.envelope or given.bundle) and not given.key:
        parser.error("a signature needs --key")
    if given.bundle and not given.model:
        parser.error("--bundle needs --model")
    try:
        if given.statement:
            check_provenance(json.loads(read(given.statement)))
        if given.envelope:
            envelope = json.loads(read(given.envelope))
            check_provenance(verified_payload(envelope, given.key))
        if given.bundle:
            check_bundle(*(os.path.abspath(path) for path in
                           (given.bundle, given.key, given.model)))
    except (Wrong, KeyError, ValueError) as wrong:
        print(f"{type(wrong).__name__}: {wrong}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
