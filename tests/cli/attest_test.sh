# Provenance (SLSA) and signatures of models (OpenSSF Model Signing): drafted, signed here and
# elsewhere, recorded once, given out, and verified by the tools of others where there are any.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/people.sh"

tests=$(cd "$(dirname "$0")/.." && pwd)
# What could not be checked is told once, at the end.
validate() { python3 "$tests/support/validate_attestations.py" "$@" >>"$work/skipped"; }

reprise init >/dev/null
git init -q -b main .
git config user.name anna
git config user.email anna@example.org
git remote add origin https://user:hunter2secret@example.org/risk/credit.git
echo 1,2 >raw.csv
cat >train.sh <<'EOS'
mkdir -p "out/a b"
tr 1 2 <raw.csv >out/weights.bin
echo '{}' >out/config.json
echo é >"out/a b/é.txt"
echo x >out/.gitignore
tr 1 3 <raw.csv >model.bin
EOS
printf 'raw.csv\nout\nmodel.bin\n.reprise\n' >.gitignore
git add . && git -c commit.gpgsign=false commit -qm start
expect 0 reprise run -n train -p eta=0.1 -p api_key=sk-0123456789abcdef0123456789 -i raw.csv \
  -o out -o model.bin -- sh train.sh
reprise model register scorecard train:out 2>/dev/null
reprise model register single train:model.bin 2>/dev/null

# What is not signed is a statement on standard output, and the same each time.
for ref in train scorecard@1 single@1 train:out/config.json model.bin; do
  expect 0 reprise export "$ref" --format slsa
  echo "$out" >../statement.json
  validate --statement ../statement.json || fail "the provenance of $ref is not what SLSA wants"
  is "$out" "$(reprise export "$ref" --format slsa)"
done
reprise export train --format slsa >../train.json
is '["model.bin", "out/.gitignore", "out/a b/é.txt", "out/config.json", "out/weights.bin"]' \
  "$(python3 -c 'import json, sys
print(json.dumps([s["name"] for s in json.load(sys.stdin)["subject"]], ensure_ascii=False))' \
    <../train.json)"
is "$(sha256sum <out/weights.bin | cut -d' ' -f1)" \
  "$(json '[s["digest"]["sha256"] for s in d["subject"] if s["name"] == "out/weights.bin"][0]' \
    <../train.json)"
json 'd["predicate"]["buildDefinition"]' <../train.json >../build.json
is '[["sh", "train.sh"], {"type": "real", "value": "0.1"}]' \
  "$(json '[d["externalParameters"]["command"], d["externalParameters"]["parameters"]["eta"]]' \
    <../build.json)"
is "$(git rev-parse HEAD)" "$(json '[r["digest"]["gitCommit"]
  for r in d["resolvedDependencies"] if r["name"] == "code"][0]' <../build.json)"
if grep -e hunter2secret -e sk-0123456789 ../train.json; then fail "a secret was exported"; fi
expect 2 reprise export raw.csv --format slsa
says "$err" "no recorded run wrote 'raw.csv'"
expect 3 reprise export nobody --format slsa
expect 3 reprise export scorecard@1 --format model-signing
says "$err" "reprise attest scorecard@1 --kind model-signing"
expect 2 reprise export train --format model-signing
expect 2 reprise export scorecard@1 --format slsa --depth 3
expect 2 reprise export scorecard@1 --format prov-json --signer ada
expect 2 reprise export scorecard@1 --format model-signing --unsigned
expect 2 reprise export train --format slsa --signer ada
expect 2 reprise export scorecard@1 --format slsa -o ../train.json
says "$err" "exists already"

# Nobody signs with a key that is not trusted, what does not exist, or nothing.
expect 2 reprise attest scorecard@1 --kind slsa
says "$err" "reprise key new"
reprise key new ada --unencrypted >/dev/null 2>&1
expect 2 reprise attest scorecard@1 --kind slsa
says "$err" "is not trusted in this store"
reprise key trust ada --owner ada --name 'Ada Lovelace' --role validator 2>/dev/null
expect 2 reprise attest
expect 2 reprise attest scorecard@1
says "$err" "--kind is missing"
expect 2 reprise attest scorecard@1 --kind cosign
says "$err" "slsa and model-signing"
expect 2 reprise attest scorecard --kind slsa
expect 3 reprise attest scorecard@7 --kind slsa
expect 3 reprise attest nobody@1 --kind slsa
expect 3 reprise attest scorecard@1 --kind slsa --key carl
is '[]' "$(reprise model show scorecard@1 --json | json 'd["versions"][0]["attestations"]')"

# Signed once and given out byte for byte, for a folder and a file.
for kind in slsa model-signing; do
  for model in scorecard single; do
    expect 0 reprise attest $model@1 --kind $kind --json
    digest=$(json 'd["attestation"]["digest"]' <<<"$out")
    expect 0 reprise export $model@1 --format $kind -o ../$model.$kind
    says "$err" "signed by Ada Lovelace"
    is "$digest" "sha256:$(sha256sum <../$model.$kind | cut -d' ' -f1)"
    expect 0 reprise export $model@1 --format $kind --quiet
    cmp "$work/out" ../$model.$kind || fail "another signature of $model"
    expect 2 reprise attest $model@1 --kind $kind
    says "$err" "has signed this already"
  done
done
reprise key export ada >../ada.pem
validate --key ../ada.pem --envelope ../scorecard.slsa --bundle ../scorecard.model-signing \
  --model out || fail "what was signed of the folder is not what the standards want"
validate --key ../ada.pem --envelope ../single.slsa --bundle ../single.model-signing \
  --model model.bin || fail "what was signed of the file is not what the standards want"
expect 0 reprise export scorecard@1 --format slsa --unsigned
validate --statement "$work/out" || fail "the statement is not what SLSA wants"
python3 - ../scorecard.slsa "$work/out" <<'EOS' || fail "what was signed is another statement"
import base64, json, sys
signed, shown = (json.load(open(path)) for path in sys.argv[1:])
assert json.loads(base64.b64decode(signed["payload"])) == shown
EOS

# The checks see what is wrong, those of others, too.
cp -r out ../changed && echo more >>../changed/config.json
if validate --key ../ada.pem --bundle ../scorecard.model-signing --model ../changed \
  2>/dev/null; then
  fail "a changed model passes"
fi
python3 - ../scorecard.model-signing >../forged <<'EOS'
import base64, json, sys
bundle = json.load(open(sys.argv[1]))
signature = bundle["dsseEnvelope"]["signatures"][0]
bytes_of = bytearray(base64.b64decode(signature["sig"]))
bytes_of[20] ^= 1
signature["sig"] = base64.b64encode(bytes_of).decode()
print(json.dumps(bundle))
EOS
if validate --key ../ada.pem --bundle ../forged --model out 2>/dev/null; then
  fail "a forged signature passes"
fi

# A second person, whose signature is made elsewhere.
expect 0 reprise key new bob --passphrase-fd 3 3<<<'open sesame'
reprise key trust bob --owner bob --name 'Bob B' --role owner 2>/dev/null
expect 2 reprise attest scorecard@1 --kind model-signing
says "$err" "you have several keys (ada, bob)"
expect 3 reprise attest scorecard@1 --kind model-signing --detached bytes.bin --key carl
expect 0 reprise attest scorecard@1 --kind model-signing --detached bytes.bin
openssl dgst -sha256 -sign "$XDG_CONFIG_HOME/reprise/keys/bob.key" -passin 'pass:open sesame' \
  -out bytes.sig bytes.bin
sed 's/scorecard/scarecrow/' bytes.bin >changed.bin
expect 2 reprise attest --signed-bytes changed.bin --signature bytes.sig
expect 2 reprise attest --signed-bytes bytes.bin
says "$err" "--signature is missing"
expect 3 reprise attest --signed-bytes bytes.bin --signature nothing.sig
expect 2 reprise attest --signed-bytes bytes.bin --signature train.sh
says "$err" "its key is not trusted"
expect 2 reprise attest scorecard@1 --signed-bytes bytes.bin --signature bytes.sig
expect 2 reprise sign --signed-bytes bytes.bin --signature bytes.sig  # No approval.
expect 0 reprise attest --signed-bytes bytes.bin --signature bytes.sig
expect 0 reprise attest scorecard@1 --kind slsa --key bob --passphrase-fd 3 3<<<'open sesame'
expect 0 reprise export scorecard@1 --format model-signing -o ../bob.sig
says "$err" "signed by Bob B"
says "$err" "that of Ada Lovelace: choose with --signer"
reprise key export bob >../bob.pem
validate --key ../bob.pem --bundle ../bob.sig --model out || fail "what Bob signed does not verify"
expect 0 reprise export scorecard@1 --format model-signing --signer ada --quiet
cmp "$work/out" ../scorecard.model-signing
expect 3 reprise export scorecard@1 --format model-signing --signer carl
expect 0 reprise model show scorecard@1
says "$out" "Ada Lovelace: how it was made (slsa)"
says "$out" "Bob B: its files (model-signing)"
expect 0 reprise ledger show --json
says "$out" '"kind": "attestation"'

# A lost key holds no longer, and the catalog can be made again.
ada=$(reprise key list --json | json '[k["fingerprint"] for k in d["keys"]][0]')
reprise key revoke "${ada:0:12}" --reason 'laptop stolen' 2>/dev/null
expect 0 reprise fsck --rebuild-index
expect 0 reprise ledger verify
expect 0 reprise model show scorecard@1 --json
is '[["ada", true], ["ada", true], ["bob", false], ["bob", false]]' \
  "$(json 'sorted([a["owner"], a["void"] is not None] for a in d["versions"][0]["attestations"])' \
    <<<"$out")"
expect 0 reprise export scorecard@1 --format model-signing --quiet
cmp "$work/out" ../bob.sig
expect 2 reprise export single@1 --format model-signing
says "$err" "laptop stolen"
expect 0 reprise export single@1 --format model-signing --signer ada
says "$err" "warning: this signature counts for nothing"

# A bundle has the files as they were given out, and its verifier judges them alike.
expect 0 reprise audit export scorecard@1 -o ../bundle
cmp ../bundle/attest/"$(sha256sum <../bob.sig | cut -d' ' -f1)".json ../bob.sig
expect 0 python3 -I ../bundle/verify.py ../bundle
says "$out" "6 attestations"  # Also of the version that is single.
says "$out" "by Ada Lovelace counts for nothing: its key was revoked (laptop stolen)"
expect 0 reprise audit verify ../bundle
says "$out" "6 attestations"
says "$out" "by Ada Lovelace counts for nothing: its key was revoked (laptop stolen)"
is "$(reprise model show scorecard@1 --json | json 'd["versions"][0]["attestations"]')" \
  "$(json '[{k: v for k, v in a.items() if k not in ("predicate_type", "subjects", "resources")}
    for a in d["models"][0]["attestations"]]' <../bundle/report.json)"
expect 0 python3 - ../bundle/verify.py ../bundle <<'EOS'
import importlib.machinery, importlib.util, json, pathlib, sys
loader = importlib.machinery.SourceFileLoader("verify", sys.argv[1])
verify = importlib.util.module_from_spec(importlib.util.spec_from_loader("verify", loader))
loader.exec_module(verify)
folder = pathlib.Path(sys.argv[2])
for path in sorted(folder.glob("attest/*.json")):
    digest = "sha256:" + path.stem
    entry = {"payload": digest, "subject": "scorecard@1", "kind": "attestation"}
    verify.Attestation(1, entry, path.read_bytes())
    for text, other in ((b"in-toto+json", b"in-toto+jsom"), (b"signatures", b"signature"),
                        (b'"payload"', b'"payloaf"')):
        changed = path.read_bytes().replace(text, other)
        assert changed != path.read_bytes()
        try:
            verify.Attestation(1, entry, changed)
        except verify.Failed:
            continue
        raise SystemExit("%s with %s passes" % (path, other))
EOS

# What cannot be signed is refused by name.
expect 0 reprise run -n links -o tree -- sh -c 'mkdir tree && ln -s x tree/y && echo x >tree/x'
reprise model register links links:tree 2>/dev/null
expect 2 reprise attest links@1 --kind model-signing --key bob --passphrase-fd 3 3<<<'open sesame'
says "$err" "'y' is a symbolic link"
expect 0 reprise attest links@1 --kind slsa --key bob --passphrase-fd 3 3<<<'open sesame'
reprise add raw.csv --name raw >/dev/null 2>&1
reprise model register raw raw.csv 2>/dev/null
expect 2 reprise attest raw@1 --kind slsa --key bob --passphrase-fd 3 3<<<'open sesame'
says "$err" "no recorded run wrote raw@1"
expect 2 reprise run -n nothing --format 2>/dev/null -- true
expect 0 reprise run -n nothing -- true
expect 2 reprise export nothing --format slsa
says "$err" "wrote no file"

# What the store has lost is told, and not signed.
find .reprise/packs -name '*.pack' -exec truncate -s 0 {} +
expect 4 reprise export train:model.bin --format slsa -o ../lost.json
says "$err" "the export lacks it"
validate --statement ../lost.json || fail "what is left is not what SLSA wants"
expect 3 reprise attest single@1 --kind slsa --key bob --passphrase-fd 3 3<<<'open sesame'
says "$err" "has holes and cannot be signed"
# What was signed is still there.
expect 0 reprise export scorecard@1 --format model-signing --quiet
cmp "$work/out" ../bob.sig
sort -u "$work/skipped"
