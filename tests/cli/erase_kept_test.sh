# shellcheck shell=bash
# `reprise erase`: what others have too stays, and is said; --shared takes it along, with its
# profiles.  Several references at once; metrics; what is left of an erasure that was interrupted.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

whole() {
  expect 0 reprise fsck --read-data
  says "$out" "the store is whole"
}
profiles() { # FILE: the documents of its profiles.
  reprise ledger show --json | json '"\n".join(e["payload"] for e in d["entries"]
    if e["kind"] == "profile" and e["subject"] == "'"$(sum "$1")"'")'
}
sum() { echo "sha256:$(sha256sum <"$1" | cut -d' ' -f1)"; }

expect 0 reprise init

# What two runs printed is of both.
for name in first second; do
  expect 0 reprise run -n $name -- echo 'ada is 36 years old'
done
expect 1 reprise erase first --logs --reason x --dry-run
says "$out" 'nothing would be erased'
expect 1 reprise erase first --logs --reason x
is 'nothing is erased' "$out"
says "$err" "'stdout' stays, as the log of the run second has it too; --shared erases it"
expect 1 reprise erase first --logs --reason x --json
is '[]' "$(json 'd["erasure"]["erased"]' <<<"$out")"
is 20 "$(json 'd["erasure"]["kept_bytes"]' <<<"$out")"
expect 0 reprise log first
# Both at once, or with --shared.
expect 0 reprise erase first second --logs --reason x
is '' "$err"
expect 3 reprise log second
says "$err" 'was erased on'
whole

# A file that is also what a run printed.
printf 'ada,36\n' >ada.csv
expect 0 reprise add ada.csv
expect 0 reprise run -n third -- cat ada.csv
expect 1 reprise erase ada.csv --reason x
says "$err" "has it too; --shared erases it"
expect 0 reprise erase ada.csv --reason x --shared
expect 3 reprise cat "$(sum ada.csv)"
expect 3 reprise log third
expect 0 reprise erase ada.csv --reason again
says "$err" 'was erased on'
is 'nothing is erased' "$out"

# A table that goes as what a run printed takes its profile along, too.
printf 'name,age\neve,36\n' >eve.csv
expect 0 reprise add eve.csv
profile=$(profiles eve.csv)
expect 0 reprise cat "$profile"
expect 0 reprise run -n printer -- cat eve.csv
expect 0 reprise erase printer --logs --shared --reason x
expect 3 reprise cat "$profile"
expect 3 reprise cat "$(sum eve.csv)"

# What is a profile and a file, too, stays as other shared content does, and that is said.
printf 'name,age\nkim,36\n' >kim.csv
expect 0 reprise add kim.csv
profile=$(profiles kim.csv)
reprise cat "$profile" >copy.json
expect 0 reprise add copy.json
expect 0 reprise erase kim.csv --reason x
says "$err" "a profile of 'kim.csv' stays, as the dataset 'copy.json' has it too; --shared"
expect 3 reprise cat "$(sum kim.csv)"
reprise cat "$profile" | cmp - copy.json
expect 0 reprise erase kim.csv --shared --reason x
expect 3 reprise cat "$profile"
expect 3 reprise cat "$(sum copy.json)"

# Metrics: the points go, and what the record says of them stays.
expect 0 reprise run -n measured -p eta=0.2 -- "$MINIMAL"
expect 2 reprise erase measured:slope.txt --metrics --reason x
expect 0 reprise erase measured --metrics --reason 'too much' --json
is '["metrics"]' "$(json 'sorted({i["kind"] for e in d["erasure"]["erased"] for i in e["items"]})' \
  <<<"$out")"
expect 3 reprise metrics measured loss
says "$err" 'too much'
expect 0 reprise show measured
says "$out" loss
whole
expect 3 reprise erase third --metrics --reason x
says "$err" 'no bytes of what was asked for'

# Several references: all or nothing.
echo one >one.txt
echo two >two.txt
expect 0 reprise add one.txt two.txt
expect 3 reprise erase one.txt nothing.txt --reason x
reprise cat "$(sum one.txt)" >/dev/null
expect 0 reprise erase one.txt two.txt --reason both --json
is 2 "$(json 'len(d["erasure"]["erased"])' <<<"$out")"
for file in one.txt two.txt; do
  expect 3 reprise cat "$(sum $file)"
  says "$err" both
done
is 2 "$(reprise ledger show --json | json 'str(sum(e["kind"] == "erasure" and
  e["subject"] in ("'"$(sum one.txt)"'", "'"$(sum two.txt)"'") for e in d["entries"]))')"

# Two versions of a table that begin with the same pieces.  Their profiles have their values, and go
# with them.
python3 - <<'PYTHON'
import random
random.seed(7)
rows = [f"{random.random()},{random.choice(('ada', 'bob'))}\n" for _ in range(60_000)]
open("old.csv", "w").write("amount,name\n" + "".join(rows))
open("new.csv", "w").write("amount,name\n" + "".join(rows) + "0.5,eve\n")
PYTHON
expect 0 reprise add old.csv
expect 0 reprise add new.csv
old=$(profiles old.csv)
new=$(profiles new.csv)
[ -n "$old" ] && [ -n "$new" ] || fail 'the tables have no profiles'
expect 0 reprise cat "$old"
says "$out" '"bob"'
expect 0 reprise erase old.csv --reason x --dry-run
says "$err" 'in common with it stays'
expect 0 reprise erase old.csv --shared --reason 'names'
for gone in "$old" "$new" "$(sum old.csv)" "$(sum new.csv)"; do
  expect 3 reprise cat "$gone"
  says "$err" names
done
for file in old.csv new.csv; do
  expect 0 reprise show "$(sum $file)" --json
  is null "$(json 'd["artifact"]["profile"]' <<<"$out")"
done
whole
expect 0 reprise fsck --rebuild-index
for gone in "$old" "$new"; do expect 3 reprise cat "$gone"; done

# A file of a folder that a run read, too.
mkdir people
echo eve >people/eve.txt
echo report >people/report.txt
expect 0 reprise add people
expect 0 reprise run -n fourth -- cat people/report.txt
expect 0 reprise erase people --reason x
says "$err" "'report.txt' stays, as"
reprise cat "$(sum people/report.txt)" >/dev/null
expect 3 reprise cat "$(sum people/eve.txt)"
whole

# Strays in which bytes may hide.
echo three >three.txt
expect 0 reprise add three.txt
for stray in packs/copy.pack packs/00/copy inbox/copy; do
  mkdir -p ".reprise/$(dirname $stray)"
  echo three >".reprise/$stray"
  expect 4 reprise erase three.txt --reason x
  says "$err" "/$stray'"
  says "$err" 'remove it first'
  rm ".reprise/$stray"
done
touch .reprise/quarantine
expect 5 reprise erase three.txt --reason x
says "$err" 'cannot be listed'
rm .reprise/quarantine
# What died in the inbox is swept.
mkdir .reprise/inbox/.01M7Q5CQG060RK4CSM6MV3EE1S
cp three.txt .reprise/inbox/.01M7Q5CQG060RK4CSM6MV3EE1S/some.pack
expect 0 reprise erase three.txt --reason x
is '' "$(ls -A .reprise/inbox)"

# A plan that nobody can read keeps nobody from anything, and is told of.
echo four >four.txt
expect 0 reprise add four.txt
mkdir .reprise/erasing
echo '{}' >.reprise/erasing/plan
expect 0 reprise runs
says "$err" 'remove it, rebuild the catalog with'
expect 5 reprise erase four.txt --reason x
says "$err" 'an earlier erasure is not finished'
rm -r .reprise/erasing
expect 0 reprise erase four.txt --reason x
whole

# A file of a folder that equals a note, or a document of the record, is kept as that; the rest of
# the folder goes.
printf 'b\n' >b.txt
expect 0 reprise add b.txt
expect 0 reprise note b.txt 'written by eve'
newest() { # KIND: the payload of the newest entry of that kind.
  reprise ledger show --json | json '[e["payload"] for e in d["entries"]
    if e["kind"] == "'"$1"'"][-1]'
}
note=$(newest note)
document=$(newest dataset)
mkdir mixed
reprise cat "$note" >mixed/note.json
reprise cat "$document" >mixed/dataset.json
printf 'eve,36\n' >mixed/people.csv
expect 0 reprise add mixed
expect 0 reprise erase mixed --reason x
says "$err" 'stays, as a note in the record has it too'
says "$err" 'stays, as it is a document that the record is made of'
expect 3 reprise cat "$(sum mixed/people.csv)"
expect 0 reprise cat "$note"
expect 0 reprise cat "$document"
expect 2 reprise erase "$document" --reason x
says "$err" 'is a document that the record is made of, which stays'
whole

# A note whose document is data as well goes with --shared alone.
expect 0 reprise add mixed/note.json
expect 1 reprise erase b.txt --notes --reason x
says "$err" 'has it too; --shared erases it'
expect 0 reprise cat "$note"
expect 0 reprise erase b.txt --notes --shared --reason x
says "$err" 'an erased note or profile stood in it'
expect 3 reprise cat "$note"
whole
