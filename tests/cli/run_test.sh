# What `reprise run` passes on, and what it records.
. "$(dirname "$0")/lib.sh"

reprise init >/dev/null
expect 2 reprise run
says "$err" "--"
expect 0 reprise run -- true
says "$err" "finished"
is "" "$out"
expect 0 reprise runs --json
is 1 "$(json 'len(d["runs"])' <<<"$out")"
is finished "$(json 'd["runs"][0]["status"]' <<<"$out")"

# The command's streams and status are its own.
expect 3 reprise run -- sh -c 'echo to-out; echo to-err >&2; exit 3'
is to-out "$out"
says "$err" to-err
says "$err" "failed (exit 3)"
expect 137 reprise run -- sh -c 'kill -9 $$'
says "$err" "killed (signal 9)"
expect 127 reprise run -- no-such-command
says "$err" "no-such-command"
touch not-executable
expect 126 reprise run -- ./not-executable
expect 0 reprise runs --json
is 3 "$(json 'len(d["runs"])' <<<"$out")"
is hello "$(echo hello | reprise run --quiet -- cat 2>/dev/null)"

# Parameters, inputs, outputs, tags, notes.
printf 'a,b\n1,2\n' >data.csv
expect 0 reprise run --json -e credit -n first -p eta=0.1 -p rounds=3 -p 'grid:=[1,2]' \
  -p fast=true -p kind=tree -i data.csv -o model.txt --tag team=risk --note 'a note' \
  -- sh -c 'echo "$REPRISE_PARAM_ROUNDS {eta}" >model.txt; echo said'
says "$err" said
record=$out
is 'credit first finished' \
  "$(json '" ".join(d["run"][k] for k in ("experiment", "name", "status"))' <<<"$record")"
is '{"eta": 0.1, "fast": true, "grid": [1, 2], "kind": "tree", "rounds": 3}' \
  "$(json 'd["run"]["params"]' <<<"$record")"
is '3 0.1' "$(cat model.txt)"
is "sha256:$(sha256sum <model.txt | cut -d' ' -f1)" \
  "$(json 'd["run"]["outputs"][0]["digest"]' <<<"$record")"
is "sha256:$(sha256sum <data.csv | cut -d' ' -f1)" \
  "$(json 'd["run"]["inputs"][0]["digest"]' <<<"$record")"
is 'data.csv model.txt' \
  "$(json 'd["run"]["inputs"][0]["path"] + " " + d["run"]["outputs"][0]["path"]' <<<"$record")"
is '{"team": "risk"}' "$(json 'd["run"]["tags"]' <<<"$record")"
is 'a note' "$(json 'd["run"]["notes"][0]["text"]' <<<"$record")"
is sealed "$(json 'd["run"]["capture"]["level"]' <<<"$record")"

# A name is taken once, before anything starts.
expect 2 reprise run -n first -- touch should-not-exist
says "$err" first
[ ! -e should-not-exist ] || fail "the command was started"
expect 2 reprise run -n 'not a name' -- true
expect 2 reprise run -p novalue -- true
expect 2 reprise run -p 'x:={' -- true
expect 2 reprise run -p a.b=1 -p a_b=2 -- touch should-not-exist
says "$err" "REPRISE_PARAM_A_B"
expect 2 reprise run --capture whole -- true
says "$err" sealed
expect 3 reprise run -i missing.csv -- touch should-not-exist
[ ! -e should-not-exist ] || fail "the command was started"

# A missing output is a warning, and listed.
expect 0 reprise run --json -o nothing.txt -- true
says "$err" nothing.txt
is nothing.txt "$(json 'd["run"]["missing_outputs"][0]' <<<"$out")"

# What is left out of a folder is a warning, of an input's and of an output's.
mkdir pipes
mkfifo pipes/one
expect 0 reprise run --json -i pipes -o made -- sh -c 'mkdir -p made; mkfifo made/two'
says "$(json 'd["run"]["warnings"]' <<<"$out")" "pipes': 'one' is a socket, device or FIFO"
says "$(json 'd["run"]["warnings"]' <<<"$out")" "made': 'two' is a socket, device or FIFO"

# Secrets stay out; what the command line sets is kept.
expect 0 reprise run --json -- MODE=fast HF_TOKEN=hunter2 \
  sh -c 'test "$MODE ${#HF_TOKEN}" = "fast 7"' --password=hunter2
is true "$(json 'd["run"]["redacted"]' <<<"$out")"
if grep -rq hunter2 .reprise; then fail "a secret was stored"; fi

# The same thing twice is the same recipe.
first=$(reprise run --json -o o -- sh -c 'echo 1 >o' 2>/dev/null | json 'd["run"]["recipe"]')
second=$(reprise run --json -o o -- sh -c 'echo 1 >o' 2>/dev/null | json 'd["run"]["recipe"]')
is "$first" "$second"
third=$(reprise run --json -o o -- sh -c 'echo 2 >o' 2>/dev/null | json 'd["run"]["recipe"]')
[ "$first" != "$third" ] || fail "another command has the same recipe"
expect 0 reprise fsck --read-data

# A variable that is named or set on the command line is kept, without a word about it, and is part
# of the environment however often that is looked at.
HOME=/some/home expect 0 reprise run -n keeps --env HOME -- env FOO=x true
case "$err" in *'is not set'*) fail "$err" ;; esac
expect 0 reprise run -n sets -- FOO=x true
case "$err" in *'is not set'*) fail "$err" ;; esac
