# shellcheck shell=bash
# `reprise erase`: the bytes leave every file of the store, and everything else stays in order.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

marker() { head -c "$1" /dev/urandom | od -An -tx1 -v | tr -d ' \n'; }
# holds FILE: whether any file of the store has bytes from the middle of FILE, which are random, so
# that the store does not compress them.
holds() {
  python3 - "$1" <<'EOF'
import os, sys
content = open(sys.argv[1], "rb").read()
sought = content[len(content) // 2:][:32]
paths = (os.path.join(root, name) for root, _, names in os.walk(".reprise") for name in names)
files = (path for path in paths if os.path.isfile(path))
sys.exit(not any(sought in open(path, "rb").read() for path in files))
EOF
}
gone() { if holds "$1"; then fail "$1 is still in the store"; fi; }
whole() {
  expect 0 reprise fsck --read-data
  says "$out" "the store is whole"
}

expect 0 reprise init
mkdir data
{
  printf 'name,amount\n'
  head -c 100000 /dev/urandom | tr -d '\n"'
  printf ',17\nbob,18\n'
} >data/customers.csv
head -c 3000000 /dev/urandom >data/big.bin
echo 'harmless' >data/other.txt
note=$(marker 40)
printed=$(marker 600)
cat >train.sh <<EOF
cat data/customers.csv data/other.txt | wc -c >model.bin
echo $printed
EOF
expect 0 reprise run -n first -i data -o model.bin -- sh train.sh
expect 0 reprise note first "$note"
expect 0 reprise add data/customers.csv --name customers
digest=sha256:$(sha256sum <data/customers.csv | cut -d' ' -f1)
big=sha256:$(sha256sum <data/big.bin | cut -d' ' -f1)
printf %s "$note" >../note
holds data/customers.csv || fail "the store does not hold what is to be erased"
holds ../note || fail "the store does not hold the note"

# What is refused, with nothing done.
expect 2 reprise erase customers
expect 2 reprise erase --reason x
expect 2 reprise erase customers --reason ''
expect 3 reprise erase nothing --reason x
expect 2 reprise erase first --reason x
says "$err" "its record stays; name what of it"
expect 2 reprise erase customers --logs --reason x
expect 2 reprise erase "$(reprise show first --json | json 'd["run"]["recipe"]')" --reason x
says "$err" "a document that the record is made of"
expect 0 reprise erase customers --reason x --dry-run --json
is 'True' "$(json 'str(d["erasure"]["dry_run"])' <<<"$out")"
holds data/customers.csv || fail "a dry run has erased"
before=$(reprise ledger checkpoint | sed -n 2p)

# A file: gone from packs, with the profile of its columns.
expect 0 reprise erase customers --reason 'request 17'
says "$out" "$(reprise show first --json | json 'd["run"]["id"]')"
gone data/customers.csv
[ "$(reprise ledger checkpoint | sed -n 2p)" = $((before + 1)) ] || fail "no entry in the ledger"
whole
says "$out" "erased on purpose"
expect 0 reprise ledger verify
expect 0 reprise show "$digest"
says "$out" "request 17"
expect 0 reprise show customers --json
is "request 17" "$(json 'd["artifact"]["erased"]["reason"]' <<<"$out")"
expect 0 reprise show first
says "$out" "data/customers.csv"
expect 3 reprise cat customers
says "$err" "was erased on"
says "$err" "request 17"
expect 0 reprise lineage up first:model.bin
says "$out" first
expect 0 reprise cat first:data/other.txt
reprise cat "$big" >"$work/out"
cmp -s "$work/out" data/big.bin || fail "another file has changed"
for command in "restore first ../laid" "rerun first --on-host"; do
  # shellcheck disable=SC2086  # Several words.
  reprise $command >"$work/out" 2>"$work/err" && fail "\`$command\` has what is erased"
  says "$(cat "$work/out" "$work/err")" "was erased on"
done
expect 0 reprise erase customers --reason again
says "$err" "was erased on"

# The catalog can be made anew, and knows.
rm -rf .reprise/catalog
whole
expect 3 reprise cat customers
says "$err" "was erased on"
expect 0 reprise fsck --rebuild-index
gone data/customers.csv

# A run's output and notes.
expect 0 reprise erase first --logs --notes --reason 'names'
gone ../note
whole
expect 0 reprise show first
says "$out" "its note was erased on"
says "$out" "its log was erased on"
expect 3 reprise log first
says "$err" "was erased on"
expect 0 reprise fsck --rebuild-index
gone ../note

# Adding it again needs a word; a run that reads it is kept, and says so.
expect 2 reprise add data/customers.csv
says "$err" "--again stores it all the same"
gone data/customers.csv
expect 0 reprise add data/customers.csv --again
says "$err" "stored again now"
reprise cat "$digest" >/dev/null
expect 0 reprise erase "$digest" --reason 'once more'
gone data/customers.csv
expect 0 reprise run -n second -i data/customers.csv -- true
says "$err" "stored again now"
reprise cat second:data/customers.csv >/dev/null
whole

# Of a folder goes what nothing else has; pieces that others have stay, unless they are to go.
head -c 2000000 data/big.bin >data/begin.bin
expect 0 reprise add data/begin.bin
expect 0 reprise erase first:data --reason folder
says "$err" "stays, as"
reprise cat "sha256:$(sha256sum <data/begin.bin | cut -d' ' -f1)" >"$work/out"
cmp -s "$work/out" data/begin.bin || fail "what has pieces in common has changed"
expect 3 reprise cat "$big"
whole
expect 0 reprise show "$(reprise show first --json | json \
  '[i["digest"] for i in d["run"]["inputs"] if i["kind"] == "folder"][0]')"
says "$out" "folder"
expect 0 reprise add data/big.bin --again
expect 0 reprise erase "$big" --shared --reason pieces
expect 3 reprise cat "sha256:$(sha256sum <data/begin.bin | cut -d' ' -f1)"
whole

# Not while something is recorded, and not where bytes may hide.
echo new >data/new.txt
expect 0 reprise add data/new.txt --name other
"$REPRISE" run -- sleep 30 >/dev/null 2>&1 &
for _ in $(seq 100); do
  [ -n "$(ls .reprise/inbox)" ] && break
  sleep 0.1
done
expect 5 reprise erase other --reason x
says "$err" "while something is being recorded"
kill %1
wait || true
for _ in $(seq 100); do
  expect 0 reprise runs
  [ -z "$(ls .reprise/inbox)" ] && break
  sleep 0.1
done
mkdir -p .reprise/quarantine
touch .reprise/quarantine/some.pack
expect 4 reprise erase other --reason x
says "$err" "may hold what is to be erased"
rm -r .reprise/quarantine
pack=$(find .reprise/packs -name '*.pack' | head -1)
cp "$pack" "$work/kept.pack"
chmod u+w "$pack"
truncate -s -10 "$pack"
expect 4 reprise erase other --reason x
says "$err" "fsck --repair"
cp "$work/kept.pack" "$pack"
whole

# An audit bundle shows the hole, and both verifiers take it as the ledger tells of it.
expect 0 reprise audit export first -o ../audit
is '["erased"]' "$(json 'sorted({hole["why"] for hole in d["left_out"]})' <../audit/report.json)"
says "$(cat ../audit/report/report.html)" "What was erased"
says "$(cat ../audit/report/report.html)" ": names"
expect 0 python3 ../audit/verify.py
says "$out" "erased"
expect 0 reprise audit verify ../audit
says "$out" "erased"
# A hole that no entry explains is none.
python3 - ../audit/report.json <<'EOF'
import sys
text = open(sys.argv[1]).read()
open(sys.argv[1], "w").write(text.replace('"why": "erased"', '"why": "lost"'))
EOF
expect 1 python3 ../audit/verify.py
expect 1 reprise audit verify ../audit
