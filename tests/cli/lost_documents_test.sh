# What is lost of a store is said by whoever was to tell of it, also to a script.
. "$(dirname "$0")/lib.sh"

reprise init >/dev/null
echo 1 >data.csv
for run in one two; do
  reprise run --quiet -n "$run" -e credit -i data.csv -o "out-$run" -- sh -c "echo $run >out-$run"
done
cp -r .reprise ../whole

again() { rm -rf .reprise && cp -r ../whole .reprise; }

# A bundle that would fail its own checks is not written, whichever pack is gone or empty.
refused=0
for pack in $(cd ../whole && find packs -name '*.pack'); do
  for damage in rm "truncate -s 0"; do
    again
    $damage ".reprise/$pack"
    rm -rf ../bundle
    if reprise audit export one -o ../bundle >/dev/null 2>../said; then
      python3 ../bundle/verify.py >/dev/null || fail "$damage $pack: a bundle fails its checks"
      continue
    fi
    expect 4 reprise audit export one -o ../bundle
    says "$err" "is lost"
    says "$err" "reprise fsck"
    [ ! -e ../bundle ] || fail "$damage $pack: something of a bundle is left"
    refused=$((refused + 1))
  done
done
[ "$refused" -gt 0 ] || fail "no pack of this store matters to its bundle"

# Lists of a store of which entries cannot be read: two runs, and the profile of their input.
again
find .reprise/packs -name '*.pack' -exec truncate -s 0 {} +
rm -r .reprise/catalog
expect 4 reprise runs
says "$err" "3 entries of the ledger could not be read when the catalog was filled and are not"
says "$err" "no run that can be read"
case "$err" in *yet*) fail "a damaged store is called a new one: $err" ;; esac
expect 4 reprise runs --json
is '[]' "$(json 'd["runs"]' <<<"$out")"
expect 4 reprise experiments
says "$err" "no experiment that can be read"
expect 4 reprise experiments --json
expect 4 reprise status
expect 4 reprise status --json
is 0 "$(json 'd["runs"]' <<<"$out")"

# Of one run of two: the newest pack, by its name, has the record of the second.
again
rm "$(find .reprise/packs -name '*.pack' -printf '%f %p\n' | sort | tail -1 | cut -d' ' -f2)"
rm -r .reprise/catalog
expect 4 reprise runs --json
is '["one"]' "$(json '[run["name"] for run in d["runs"]]' <<<"$out")"
expect 4 reprise whence out-one
says "$out" "produced by one"
expect 4 reprise lineage up one
expect 4 reprise show @last
expect 4 reprise metrics credit@last
expect 4 reprise log @last
expect 4 reprise compare @last one
expect 4 reprise show out-one
expect 4 reprise restore @last ../restored
# What would build on another run than was meant is refused.
entries=$(reprise ledger show --json | json 'len(d["entries"])')
for command in 'note @last text' 'tag @last k=v' 'rerun @last --on-host' \
  'audit export @last -o ../wrong'; do
  # shellcheck disable=SC2086  # Several words.
  expect 4 reprise $command
  says "$err" "may mean another run"
done
[ ! -e ../wrong ] || fail "a bundle of another run was written"
is "$entries" "$(reprise ledger show --json | json 'len(d["entries"])')"
# What asks for one thing that is there is answered as ever.
expect 0 reprise show one
expect 0 reprise log one
expect 0 reprise cat one:out-one
expect 0 reprise compare one one

# A run in a store whose ledger is damaged: it is said before, and again at the end.
again
truncate -s -20 .reprise/ledger/entries
expect 7 reprise run -n three -- sh -c 'echo >&2 "the training"; exit 7'
says "$(sed '/the training/q' <<<"$err")" "WARNING: the ledger of this store is damaged"
says "$(sed '1,/the training/d' <<<"$err")" "NOT entered in the ledger"
says "$(sed '1,/the training/d' <<<"$err")" "reprise fsck"
expect 0 reprise run --json -n four -- true
is four "$(json 'd["run"]["name"]' <<<"$out")"
says "$(json 'd["awaiting_adoption"]' <<<"$out")" "ledger"
expect 4 reprise runs
expect 4 reprise ledger show
# Nothing of it is lost once the ledger is there again.
cp ../whole/ledger/* .reprise/ledger/
expect 0 reprise runs --json
is '["four", "three", "two", "one"]' "$(json '[run["name"] for run in d["runs"]]' <<<"$out")"
expect 0 reprise run --json -- true
is null "$(json 'd["awaiting_adoption"]' <<<"$out")"
