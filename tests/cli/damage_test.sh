# A store of which something is gone: it is called damaged, not absent or empty.
. "$(dirname "$0")/lib.sh"

reprise init >/dev/null
reprise run --quiet -n one -- true
reprise note one "a note"

# Parts that hold what nothing else does.
for part in format packs ledger keys; do
  mv ".reprise/$part" "$work/$part"
  expect 4 reprise runs
  says "$err" "$part"
  expect 4 reprise --store . runs
  expect 1 reprise fsck --json
  is store "$(json 'd["problems"][0]["kind"]' <<<"$out")"
  mv "$work/$part" ".reprise/$part"
done
expect 0 reprise fsck

# A catalog that was filled while packs were away says that it is not the whole truth, and fsck how
# to mend it once they are back.
mkdir "$work/away" && mv .reprise/packs/* "$work/away"
expect 1 reprise fsck --rebuild-index
says "$err" "the catalog is rebuilt from packs and ledger, as was asked"
expect 4 reprise runs
says "$err" "2 entries of the ledger could not be read"
mv "$work"/away/* .reprise/packs
expect 1 reprise fsck
says "$out" "--rebuild-index"
expect 0 reprise fsck --rebuild-index
expect 0 reprise show one
says "$out" "a note"
is '' "$err"

# Names are made again.
rm -r .reprise/names
expect 0 reprise show one
[ -L .reprise/names/one ] || fail "the name is not there again"

# A run is shown whatever the ledger has lost.
reprise run --quiet -n rerun-me -o out -- sh -c 'echo >out'
expect 0 reprise rerun rerun-me --on-host
truncate -s -20 .reprise/ledger/entries
expect 0 reprise show rerun-me
says "$err" "open for reading only"
inbox_before=$(ls .reprise/inbox | wc -l)
if reprise rerun rerun-me --on-host --keep ../laid_out >../told 2>&1; then fail "it was run"; fi
says "$(cat ../told)" "the store cannot take a verdict"
[ ! -e ../laid_out ] || fail "something was laid out"
is "$inbox_before" "$(ls .reprise/inbox | wc -l)"
