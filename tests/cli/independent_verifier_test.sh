# A program of others verifies what the ledger prints: golang.org/x/mod/sumdb/note and tlog, which
# are what Go's own checksum database is verified by (Debian: golang-golang-x-mod-dev).
source="$(realpath "$(dirname "$0")/..")/tracker/audit/log_verifier.go"
. "$(dirname "$0")/lib.sh"

go=$(command -v go || ls /usr/lib/go/bin/go 2>/dev/null || true)
packages=/usr/share/gocode
if [ -z "$go" ] || [ ! -d "$packages/src/golang.org/x/mod/sumdb/tlog" ]; then
  echo 'SKIPPED: golang-go or golang-golang-x-mod-dev is not installed; scripts/setup does it'
  exit 77
fi
GO111MODULE=off GOFLAGS='' GOPATH="$packages" GOCACHE="$work/cache" GOTOOLCHAIN=local \
  "$go" build -o "$work/log_verifier" "$source"
verifier() { "$work/log_verifier" "$@"; }

reprise init >/dev/null
key=$(reprise ledger key | head -1)
expect 0 reprise run -n one -o o -- sh -c 'echo 1 >o'
for i in 1 2 3 4; do expect 0 reprise note one "note $i"; done
reprise ledger checkpoint >../kept
for i in 5 6 7 8 9 10 11; do expect 0 reprise note one "note $i"; done
reprise ledger checkpoint >../checkpoint
reprise ledger prove --since 5 >../growth
expect 0 reprise ledger prove one
for i in 0 6 11; do json "d['proofs'][$i]" <<<"$out" >"../proof.$i"; done

expect 0 verifier checkpoint "$key" ../kept
expect 0 verifier checkpoint "$key" ../checkpoint
for i in 0 6 11; do expect 0 verifier inclusion "$key" "../proof.$i"; done
expect 0 verifier consistency "$key" ../kept ../growth

# Each variant that somebody tampered with is refused: every line of a note and of a proof, every
# member of a document.
mkdir ../other
(cd ../other && reprise init >/dev/null)
other_key=$(reprise --store ../other/.reprise ledger key | head -1)
expect 1 verifier checkpoint "$other_key" ../checkpoint
expect 1 verifier inclusion "$other_key" ../proof.6
expect 1 verifier consistency "$other_key" ../kept ../growth
python3 - "$work" <<'PY'
import base64, json, os, sys
work = sys.argv[1]
def write(name, data):
    os.makedirs(os.path.join(work, "tampered"), exist_ok=True)
    with open(os.path.join(work, "tampered", name), "wb") as file:
        file.write(data)
def flipped(text):
    """`text` with another character in the middle, of the same kind."""
    i = len(text) // 2
    return text[:i] + ("B" if text[i] != "B" else "C") + text[i + 1:]
for kind in ("checkpoint", "growth"):
    lines = open(os.path.join(work, kind), encoding="utf-8").read().split("\n")
    for i, line in enumerate(lines):
        if line:
            other = lines[:i] + [flipped(line)] + lines[i + 1:]
            write("%s.%d" % (kind, i), "\n".join(other).encode())
    write("%s.cut" % kind, "\n".join(lines[:-2] + [""]).encode())
    if kind == "growth":
        write("growth.shorter", "\n".join([lines[0]] + lines[2:]).encode())
        write("growth.longer", "\n".join([lines[0], lines[1]] + lines[1:]).encode())
proof = json.load(open(os.path.join(work, "proof.6"), encoding="utf-8"))
def change(name, **members):
    write("inclusion." + name, json.dumps(dict(proof, **members)).encode())
entry = base64.b64decode(proof["entry"])
change("entry", entry=base64.b64encode(entry.replace(b'"kind":"note"', b'"kind":"nota"')).decode())
change("index", index=proof["index"] + 1)
change("negative", index=-1)
change("size", size=proof["size"] - 1)
change("empty", path=[])
change("shorter", path=proof["path"][1:])
change("longer", path=proof["path"] + proof["path"][:1])
change("turned", path=proof["path"][::-1])
change("checkpoint", checkpoint=open(os.path.join(work, "kept"), encoding="utf-8").read())
for i, step in enumerate(proof["path"]):
    data = bytearray(base64.b64decode(step))
    data[0] ^= 1
    path = list(proof["path"])
    path[i] = base64.b64encode(bytes(data)).decode()
    change("path%d" % i, path=path)
PY
count=0
for file in "$work"/tampered/*; do
  case $file in
    */checkpoint.*) expect 1 verifier checkpoint "$key" "$file" ;;
    */growth.*) expect 1 verifier consistency "$key" ../kept "$file" ;;
    */inclusion.*) expect 1 verifier inclusion "$key" "$file" ;;
  esac
  count=$((count + 1))
done
[ "$count" -ge 25 ] || fail "only $count variants were tried"

# After the key was replaced both keys are needed to follow the log, and a witness' cosignature of
# another store holds too.
expect 0 reprise ledger rekey --reason 'the yearly change'
new_key=$(head -1 <<<"$out")
reprise ledger prove --since 5 >../growth
expect 1 verifier consistency "$key" ../kept ../growth
expect 0 verifier consistency "$key,$new_key" ../kept ../growth
reprise ledger cosign --request ../ask
witness=$(reprise --store ../other/.reprise ledger witness --key)
reprise --store ../other/.reprise ledger witness ../ask --log "$new_key" >../answer
expect 0 reprise ledger cosign --response ../answer --witness "$witness"
reprise ledger checkpoint >../cosigned
expect 0 verifier cosignature "$new_key" "$witness" ../cosigned
expect 1 verifier cosignature "$new_key" "$witness" ../checkpoint
sed 's/^13$/14/' ../cosigned >../wrong
expect 1 verifier cosignature "$new_key" "$witness" ../wrong
