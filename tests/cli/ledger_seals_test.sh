# Witnesses, time stamps and a new key: what others confirm of a ledger, in the ledger and in
# bundles, and what happens when any of it is changed.
authority="$(realpath "$(dirname "$0")/..")/support/timestamp_authority.py"
. "$(dirname "$0")/lib.sh"

# flip FILE: changes one byte in the middle of it.
flip() {
  python3 - "$1" <<'PY'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[len(data) // 2] ^= 1
open(sys.argv[1], "wb").write(data)
PY
}
verify() { python3 -B "$@"; }

reprise init >/dev/null
for witness in w1 w2; do
  mkdir "../$witness"
  (cd "../$witness" && reprise init >/dev/null)
done
as() { local folder=$1; shift; reprise --store "$work/$folder/.reprise" "$@"; }
log_key=$(reprise ledger key | head -1)
w1=$(as w1 ledger witness --key)
w2=$(as w2 ledger witness --key)
expect 0 as w1 ledger witness --key --json
is "$w1" "$(json 'd["witness_key"]' <<<"$out")"

# Cosignatures: asked for, given by the rules, taken in once the witness is known.
expect 3 reprise ledger checkpoint --confirmed
expect 0 reprise run -n one -o o -- sh -c 'echo 1 >o'
reprise ledger checkpoint >../first
expect 0 reprise ledger cosign --request ../ask
is "old 0" "$(head -1 ../ask)"
expect 3 as w1 ledger witness ../ask
says "$err" "--log"
expect 0 as w1 ledger witness ../ask --log "$log_key"
cp "$work/out" ../answer
expect 3 reprise ledger cosign --response ../answer
says "$err" "--witness"
expect 2 reprise ledger cosign --response ../answer --witness "$log_key"
expect 0 reprise ledger cosign --response ../answer --witness "$w1"
says "$out" "of entries up to 1"
expect 0 reprise ledger verify --quorum 1
says "$out" "cosigned by"
expect 0 reprise ledger checkpoint
is "$(cat ../first ../answer)" "$out"
expect 2 reprise ledger verify --quorum 2
expect 1 reprise ledger verify --witness "$w1" --witness "$w2"
expect 0 reprise ledger verify --witness "$w1" --witness "$w2" --quorum 1
expect 1 reprise ledger verify --witness "$w2"
expect 2 reprise ledger verify --witness nonsense

# The next one continues the last; asked again from nothing, the witness says from where.
expect 0 reprise note one 'looked at'
expect 0 reprise ledger cosign --request - --from 0
as w1 ledger witness - <"$work/out" >/dev/null 2>../refused && fail "cosigned from the start again"
says "$(cat ../refused)" "has 1"
expect 0 reprise ledger cosign --request ../ask --json
is 1 "$(json 'd["old_size"]' <<<"$out")"
expect 0 as w1 ledger witness ../ask --json
is 2 "$(json 'd["size"]' <<<"$out")"
json 'd["cosignature"]' <<<"$out" >../answer
expect 0 reprise ledger cosign --response - --json <../answer
is 2 "$(json 'd["cosignatures"][0]["size"]' <<<"$out")"
expect 0 as w2 ledger witness <(reprise ledger cosign --request - --witness "$w2") --log "$log_key"
cat ../ask "$work/out" | sed '1,/^$/d' >../whole
expect 0 reprise ledger cosign --response ../whole --witness "$w2"
expect 0 reprise ledger verify --quorum 2 --json
is 2 "$(json 'd["quorum_size"]' <<<"$out")"
is '["holds", "holds"]' "$(json '[c["state"] for c in d["seals"][1]["cosignatures"]]' <<<"$out")"

# A ledger that was rewritten is not cosigned, whatever its key signs.
cp -r .reprise ../kept
mkdir ../other && cp -r ../first ../other/
(cd ../other && reprise init >/dev/null)
expect 1 as w1 ledger witness <(sed 's/^old 1/old 2/' ../ask)
says "$err" "not cosigned"
expect 3 as w1 ledger witness <(as other ledger cosign --request -)
sed 's/^2$/3/' ../ask >../forged
expect 1 as w1 ledger witness ../forged
says "$err" "not cosigned"
expect 2 as w1 ledger witness <(echo nonsense)
expect 3 as w1 ledger witness missing
expect 2 as w1 ledger witness
reprise ledger cosign --request ../own --from 0
expect 2 reprise ledger witness ../own --log "$log_key"
says "$err" "no witness of itself"
expect 2 reprise ledger cosign
expect 2 reprise ledger cosign --request a --response b
expect 2 reprise ledger cosign --request x --from 99
expect 2 reprise ledger cosign --response ../first/../ask/../first --witness junk
# One bit of the signature itself, which is what ends the line.
python3 - ../answer ../changed <<'PY'
import base64, sys
lines = open(sys.argv[1]).read().splitlines()
last = max(i for i, line in enumerate(lines) if line.startswith("\u2014 "))
head, _, signature = lines[last].rpartition(" ")
data = bytearray(base64.b64decode(signature))
data[-1] ^= 1
lines[last] = head + " " + base64.b64encode(data).decode()
open(sys.argv[2], "w").write("\n".join(lines) + "\n")
PY
expect 4 reprise ledger cosign --response ../changed
expect 2 reprise ledger cosign --response <(echo nonsense)

# Time stamps, by files and over HTTP; what openssl says of them.
python3 "$authority" make "$work/tsa"
expect 0 reprise ledger timestamp --request ../ask.tsq
python3 "$authority" reply "$work/tsa" ../ask.tsq ../answer.tsr
expect 2 reprise ledger timestamp --response ../answer.tsr
says "$err" "--ca"
expect 1 reprise ledger timestamp --response ../answer.tsr --ca ../tsa/other.pem
expect 2 reprise ledger timestamp --response ../answer.tsr --ca ../answer.tsr
expect 1 reprise ledger timestamp --response ../ask.tsq --ca ../tsa/root.pem
expect 3 reprise ledger timestamp --response missing --ca ../tsa/root.pem
expect 0 reprise ledger timestamp --response ../answer.tsr --ca ../tsa/root.pem
says "$out" "CN=Test stamps"
flip ../answer.tsr
expect 1 reprise ledger timestamp --response ../answer.tsr
python3 "$authority" serve "$work/tsa" >../port 2>/dev/null &
server=$!
trap 'kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
for _ in $(seq 100); do [ -s ../port ] || sleep 0.1; done
url="http://127.0.0.1:$(cat ../port)"
expect 0 reprise note one 'looked at again'
expect 0 reprise ledger timestamp --url "$url/tsr" --json
is 3 "$(json 'd["size"]' <<<"$out")"
is 1.2.3.4.1 "$(json 'd["policy"]' <<<"$out")"
expect 5 reprise ledger timestamp --url "$url/refuse"
expect 2 reprise ledger timestamp --url https://127.0.0.1/
expect 2 reprise ledger timestamp --url nonsense
expect 2 reprise ledger timestamp
expect 2 reprise ledger timestamp --url "$url" --request x
expect 0 reprise ledger verify
says "$out" "stamped by O=Tests,CN=Test stamps"

# A new key: checkpoints and seals of before stay verifiable, bundles carry the chain.
expect 2 reprise ledger rekey
expect 2 reprise ledger rekey --reason 'two
lines'
old_key=$(cat .reprise/keys/checkpoint.key)
expect 0 reprise ledger rekey --reason 'the yearly change'
new_key=$(head -1 <<<"$out")
is "$new_key" "$(reprise ledger key | head -1)"
grep -qF "$old_key" -r .reprise/keys && fail "the old private key is still there"
expect 0 reprise run -n two -i o -o p -- sh -c 'cat o o >p'
expect 0 reprise ledger rekey --reason 'another' --json
is 5 "$(json 'd["entry"]' <<<"$out")"
expect 0 reprise ledger verify --since ../first --quorum 2
expect 0 reprise fsck
expect 0 reprise ledger cosign --request ../ask
as w1 ledger witness ../ask 2>/dev/null && fail "cosigned what an unknown key signed"
expect 0 as w1 ledger witness ../ask --log "$(reprise ledger key | head -1)"
cp "$work/out" ../answer
expect 0 reprise ledger cosign --response ../answer

expect 0 reprise audit export one -o ../bundle
expect 0 reprise audit export one -o ../again
diff -r ../bundle ../again || fail "the bundle is not deterministic"
expect 0 verify ../bundle/verify.py
says "$out" "4 checkpoints confirmed by others, 2 changes of the key"
says "$out" "were cosigned by"
says "$out" "unanchored"
expect 0 verify ../bundle/verify.py --since ../first
says "$out" "anchored by the checkpoint that you kept"
for key in "$log_key" "$new_key" "$(reprise ledger key | head -1)"; do
  expect 0 verify ../bundle/verify.py --trust "$key"
  says "$out" "anchored by a key that you trust"
done
expect 1 verify ../bundle/verify.py --trust "$(as other ledger key | head -1)"
expect 0 verify ../bundle/verify.py --witness "$w1" --witness "$w2"
says "$out" "anchored by a checkpoint cosigned by 2 of the witnesses that you trust, of 2 entries"
expect 0 verify ../bundle/verify.py --witness "$w1" --witness "$w2" --quorum 1
says "$out" "of 6 entries"
expect 1 verify ../bundle/verify.py --witness "$(as other ledger witness --key)"
expect 1 verify ../bundle/verify.py --quorum 1
expect 0 verify ../bundle/verify.py --tsa-ca ../tsa/root.pem
says "$out" "says a time stamp by an authority that you trust"
expect 1 verify ../bundle/verify.py --tsa-ca ../tsa/other.pem
# As README.txt of the bundle says it.
openssl ts -verify -data ../bundle/log/seals/3/checkpoint -in ../bundle/log/seals/3/1.tsr \
  -CAfile ../tsa/root.pem >/dev/null 2>&1 || fail "openssl ts does not verify the stamp"
grep -q 'openssl ts -verify' ../bundle/README.txt || fail "README.txt does not say how"
grep -q 'What others confirmed' ../bundle/report/report.html || fail "the report does not show it"

# Damage of what is kept is found and named; without it the rest is whole.
for file in ledger/seals/2.checkpoint ledger/seals/2.cosignatures ledger/seals/3.1.tsr \
  keys/changes.jsonl keys/witnesses; do
  cp -r .reprise ../saved
  flip ".reprise/$file"
  status=0
  reprise ledger verify >"$work/out" 2>&1 || status=$?
  case $status in 1 | 4) ;; *) fail "damage of $file was not noticed ($status)" ;; esac
  rm -rf .reprise && mv ../saved .reprise
done
expect 0 reprise ledger verify
