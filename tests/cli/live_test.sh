# A run is seen while it is recorded.
. "$(dirname "$0")/lib.sh"

reprise init >/dev/null
mkfifo ready go
reprise run -n live -e exp -p n=1 -- \
  sh -c 'echo started; echo x >ready; cat go >/dev/null; echo done' >/dev/null 2>"$work/run" &
run=$!
cat ready >/dev/null
expect 0 reprise show live --json
is '["running", 1, null]' \
  "$(json '[d["run"]["status"], d["run"]["params"]["n"], d["run"]["ended_at"]]' <<<"$out")"
expect 0 reprise show exp@last
says "$out" 'running'
says "$out" 'so far'
expect 0 reprise runs --json --where 'status = running'
is 1 "$(json 'len(d["runs"])' <<<"$out")"
expect 0 reprise status
says "$out" 'live'
expect 3 reprise restore live ../x
says "$err" 'still being recorded'
reprise log live --follow >"$work/followed" &
follower=$!
echo >go
wait "$run"
wait "$follower"
is 'started done' "$(tr '\n' ' ' <"$work/followed" | sed 's/ $//')"
says "$(cat "$work/run")" 'live'
expect 0 reprise show live --json
is finished "$(json 'd["run"]["status"]' <<<"$out")"
is 0 "$(reprise status --json | json 'd["live_runs"]')"
