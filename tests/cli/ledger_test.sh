# The ledger, its proofs, and the audit bundle.
. "$(dirname "$0")/lib.sh"

reprise init >/dev/null
expect 0 reprise ledger verify
expect 0 reprise ledger show
is '' "$out"
says "$err" "no entries yet"
reprise ledger checkpoint >../empty
expect 0 reprise run -n one -o o -- sh -c 'echo 1 >o'
expect 0 reprise ledger checkpoint
cp "$work/out" ../kept
expect 0 reprise run -n two -i o -o p -- sh -c 'cat o o >p'
expect 0 reprise note one 'looked at'
expect 0 reprise ledger show --json
is '["run", "run", "note"]' "$(json '[e["kind"] for e in d["entries"]]' <<<"$out")"
is 0 "$(json 'd["entries"][2]["previous"]' <<<"$out")"
expect 0 reprise ledger verify --since ../kept --json
is true "$(json 'd["ok"]' <<<"$out")"
expect 0 reprise ledger prove one
is 2 "$(json 'len(d["proofs"])' <<<"$out")"
expect 3 reprise ledger prove nonsense
expect 0 reprise ledger verify --since <(cat ../kept)
expect 3 reprise ledger verify --since missing
expect 1 reprise ledger verify --since ../empty
says "$out$err" "proves nothing"

expect 0 reprise audit export two -o ../bundle
expect 0 python3 ../bundle/verify.py
says "$out" "unanchored"
expect 0 python3 ../bundle/verify.py --since ../kept
says "$out" "unanchored"
says "$out" "the run was recorded after the checkpoint that you kept"
expect 0 reprise audit export one -o ../older
expect 0 python3 ../older/verify.py --since ../kept
says "$out" "verified, anchored by the checkpoint that you kept, of 1 entries"
says "$out" "1 came after that checkpoint"
expect 2 reprise audit export two -o ../bundle
(cd ../bundle && sha256sum --quiet -c SHA256SUMS) || fail "SHA256SUMS does not hold"
expect 0 reprise audit export two -o ../again
diff -r ../bundle ../again || fail "the bundle is not deterministic"
printf 'x' >>../again/report.json
expect 1 python3 ../again/verify.py
expect 2 reprise audit export two
expect 3 reprise audit export nonsense -o ../y

# The key, as verify.py takes it and as openssl reads it.
expect 0 reprise ledger key
is "$(cat .reprise/keys/checkpoint.pub)" "$(head -1 <<<"$out")"
for trust in $out; do
  expect 0 python3 ../bundle/verify.py --trust "$trust"
  says "$out" "anchored by a key that you trust"
done
expect 0 reprise ledger key --json
fingerprint=$(json 'd["pem"]' <<<"$out" |
  openssl pkey -pubin -outform DER | tail -c 32 | sha256sum | cut -d' ' -f1)
is "sha256:$fingerprint" "$(json 'd["fingerprint"]' <<<"$out")"

# The ledger begins with what a kept checkpoint covers.
expect 0 reprise ledger prove --since 1 --json
python3 - "$out" "$(sed -n 3p ../kept)" <<'EOF' || fail "the consistency proof does not hold"
import base64, hashlib, json, sys
proof = json.loads(sys.argv[1])
root = base64.b64decode(sys.argv[2])
for step in proof["proof"]:  # Of a first leaf: its neighbours to the right, from the leaf upwards.
    root = hashlib.sha256(b"\1" + root + base64.b64decode(step)).digest()
assert proof["since"] == 1 and proof["size"] == 3
assert root == base64.b64decode(proof["checkpoint"].split("\n")[2])
EOF
expect 0 reprise ledger prove --since 1
is "old 1" "$(head -1 <<<"$out")"
is "$(reprise ledger checkpoint)" "$(sed '1,/^$/d' <<<"$out")"
expect 2 reprise ledger prove --since 0
expect 2 reprise ledger prove --since 4
expect 2 reprise ledger prove one --since 1
expect 2 reprise ledger prove

# Whoever kept a checkpoint notices that an entry was changed.
cp -r .reprise ../saved
python3 - <<'EOF'
path = ".reprise/ledger/entries"
data = bytearray(open(path, "rb").read())
data[len(data) // 2] ^= 1
open(path, "wb").write(data)
EOF
status=0
reprise ledger verify --since ../kept >/dev/null 2>&1 || status=$?
case $status in 1 | 4) ;; *) fail "a changed ledger was not noticed ($status)" ;; esac

# Its last entry is damaged: the rest can be looked at and checked.
rm -rf .reprise && cp -r ../saved .reprise
python3 - <<'EOF'
path = ".reprise/ledger/entries"
data = bytearray(open(path, "rb").read())
data[-40] ^= 1
open(path, "wb").write(data)
EOF
expect 0 reprise show two
says "$err" "open for reading only"
expect 4 reprise note two 'more'
expect 1 reprise fsck --read-data --json
is '["ledger"]' "$(json 'sorted({p["kind"] for p in d["problems"]})' <<<"$out")"
