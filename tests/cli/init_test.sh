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
