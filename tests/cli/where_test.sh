# The language of `runs --where`, `--since`, and the order of lists, by the program itself.
. "$(dirname "$0")/lib.sh"

names() { json '" ".join(r["name"] for r in d["runs"])' <<<"$out"; }
listed() {
  local want=$1
  shift
  expect 0 reprise --json runs "$@"
  is "$want" "$(names)"
}

# Without a store, and with an empty one.
expect 3 reprise runs --where 'status = failed'
says "$err" 'reprise init'
reprise init >/dev/null
expect 0 reprise runs --where 'status = failed'
is '' "$out"
says "$err" 'no run matches'
expect 0 reprise runs --json --where 'status = failed'
is '{"runs": [], "truncated": false}' "$(json 'd' <<<"$out")"

for eta in 0.1 0.3 auto; do
  reprise run -e credit -n "eta-$eta" -p "eta=$eta" --tag "team=risk $eta" -- true >/dev/null 2>&1
done
reprise run -n it-fails -p "big one=7" -- false >/dev/null 2>&1 || true

listed 'eta-0.3' --where 'params.eta > 0.1 and params.eta < 1'
listed 'eta-auto eta-0.3 eta-0.1' --where "name LIKE 'eta-%' AND status != failed"
listed 'eta-0.1' --where "tags.team = 'risk 0.1'"
listed 'it-fails' --where "params.'big one' is not null"
listed 'it-fails' --where 'tags.team is null'
listed 'it-fails eta-0.1' --where 'status = failed or params.eta = 0.10'
listed 'it-fails' --where 'not (experiment = credit)' --since 1h
listed 'eta-auto' -e credit --where "not params.eta in (0.1, 0.3)"
listed '' --where 'started < now-1h'
all='it-fails eta-auto eta-0.3 eta-0.1'
listed "$all" --where 'started >= 1h and duration < 5m' --since 1970-01-01
listed 'eta-0.1 eta-0.3 eta-auto it-fails' --sort params.eta
listed 'eta-0.3 eta-0.1 eta-auto it-fails' --sort -params.eta
listed 'eta-0.3' --sort -params.eta --limit 1

# A field is named alike for the order.
expect 0 reprise runs --json --sort "params.'big one'" --limit 1
is it-fails "$(names)"
listed 'it-fails' --sort 'params.big one' --limit 1

# Words that no run can have are told from runs that there are none of.
expect 2 reprise runs --where 'status = FINISHED'
says "$err" 'did you mean finished?'
expect 2 reprise runs --where 'duration > soon'
says "$err" '250ms, 90m, 1h30m'
listed "it-fails eta-auto eta-0.3 eta-0.1" --where 'duration < 1h30m'
expect 0 reprise runs -e credti
says "$err" "there is no experiment 'credti'; did you mean 'credit'?"
expect 0 reprise runs -e credit --where 'status = killed'
says "$err" 'no run matches'
case "$err" in *'no experiment'*) fail "$err" ;; esac

# What is said later is found, and what it replaced is not.
reprise tag eta-0.1 'team=audit' >/dev/null
listed 'eta-0.1' --where 'tags.team = audit'
listed '' --where "tags.team = 'risk 0.1'"

# The rows can be made anew.
reprise fsck --rebuild-index >/dev/null 2>&1
listed 'eta-0.1' --where 'tags.team = audit'
listed '' --where "tags.team = 'risk 0.1'"
listed 'it-fails' --where 'status in (failed, killed)'

# What is wrong is shown in its place.
expect 2 reprise runs --where 'params.eta > 0.1 und name = x'
says "$err" '
  params.eta > 0.1 und name = x
                   ^'
expect 2 reprise --json runs --where '(name = x'
says "$(json 'd["error"]["message"]' <<<"$out")" "')' is missing"
expect 2 reprise runs --where "$(printf '(%.0s' $(seq 1 100000))"
says "$err" 'nested too deeply'
expect 2 reprise runs --since yesterday
says "$err" "--since takes a time: 'yesterday' is not a time"
expect 2 reprise runs --since ''
expect 0 reprise help where
says "$out" 'docs/where.md'
