# Stores are made once, and found as git finds .git.
. "$(dirname "$0")/lib.sh"

expect 3 reprise runs
says "$err" "reprise init"
expect 0 reprise init
says "$out" ".reprise"
expect 2 reprise init
says "$err" "already"
mkdir -p a/b
(cd a/b && expect 0 reprise runs)
expect 0 reprise init ../other
expect 0 reprise --store ../other runs
expect 0 reprise runs --store=../other/.reprise
REPRISE_STORE=../other expect 0 reprise status --json
is 0 "$(json 'd["runs"]' <<<"$out")"
is 1 "$(json 'd["format"]' <<<"$out")"
expect 3 reprise --store /nonexistent runs
expect 2 reprise rnus
says "$err" 'did you mean `reprise runs`'
expect 2 reprise
expect 2 reprise runs --nonsense
expect 2 reprise runs --limit x
expect 0 reprise help
expect 0 reprise help run
says "$out" "Examples:"
expect 0 reprise run --help
expect 2 reprise help nonsense
expect 0 reprise --version
for shell in bash zsh fish; do
  expect 0 reprise completion "$shell"
  says "$out" reprise
done
expect 2 reprise completion csh
eval "$(reprise completion bash)"
expect 3 reprise --json --store /nonexistent runs
is not_found "$(json 'd["error"]["code"]' <<<"$out")"

# A store of a newer format is refused, untouched.
cp -r ../other ../newer
sed -i 's/"format":1/"format":2/' ../newer/.reprise/format
find ../newer -type f -exec sha256sum {} + | sort >../before
expect 4 reprise --store ../newer runs
says "$err" "newer release"
expect 4 reprise --store ../newer run -- true
find ../newer -type f -exec sha256sum {} + | sort >../after
cmp ../before ../after || fail "a store of a newer format was changed"

# Of many that make one store at once, one does, and what it has made is whole.
for round in 1 2 3 4 5; do
  store="../crowd-$round"
  for i in $(seq 16); do
    { rc=0; reprise init "$store" >/dev/null 2>"../init-$i" || rc=$?; echo $rc >"../rc-$i"; } &
  done
  wait
  is "1 0 15 2" "$(sort ../rc-* | uniq -c | xargs)"
  is 15 "$(cat ../init-* | grep -c already)"
  expect 0 reprise --store "$store" ledger verify
  expect 0 reprise --store "$store" run -- true
done

# What an init that was killed has left is taken over.
for moment in 0.001 0.003 0.006 0.01 0.02; do
  rm -rf ../cut
  timeout -s KILL "$moment" "$REPRISE" init ../cut >/dev/null 2>&1 || true
  reprise init ../cut >/dev/null 2>&1 || true
  expect 0 reprise --store ../cut ledger verify
done

# But the rest of a store that was in use is not made a new one.
expect 0 reprise init ../used
expect 0 reprise --store ../used run -- true
rm ../used/.reprise/format
expect 4 reprise init ../used
says "$err" "damaged"
