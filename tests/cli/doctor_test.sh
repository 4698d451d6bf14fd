# The doctor examines the machine, needs no store, and answers yes (0) or no (1).
. "$(dirname "$0")/lib.sh"

status=0
reprise doctor >text 2>err || status=$?
[ "$status" -le 1 ] || fail "reprise doctor exited with $status: $(cat err)"
is "" "$(cat err)"
says "$(cat text)" user_namespace
says "$(cat text)" trace
says "$(cat text)" "kernel: Linux"
expect "$status" reprise doctor --json
is "$status" "$(json 'int(not d["ok"])' <<<"$out")"
is true "$(json 'all(c["ok"] == (c["reason"] is None) for c in d["checks"])' <<<"$out")"

# Where namespaces are used up it says so, and what helps.
use_up='echo 0 >/proc/sys/user/max_user_namespaces'
if unshare --user --map-root-user sh -c "$use_up" 2>/dev/null; then
  expect 1 unshare --user --map-root-user sh -c "$use_up; exec \"\$1\" doctor" sh "$REPRISE"
  says "$out" "NO   user_namespace"
  says "$out" "user.max_user_namespaces is 0"
  says "$out" "sysctl -w user.max_user_namespaces=10000"
fi

# Of a run: the best verdict to expect, with the reasons.
reprise init >/dev/null
printf 'a\n' >data.txt
reprise run -n base -i data.txt -o o.txt -- sh -c 'cat data.txt >o.txt' 2>/dev/null
if [ "$status" -eq 0 ]; then
  expect 0 reprise doctor base
  says "$out" "best verdict to expect: identical"
  expect 0 reprise doctor base --json
  is identical "$(json 'd["best_verdict"]' <<<"$out")"
  is "$(reprise show base --json | json 'd["run"]["id"]')" "$(json 'd["run"]' <<<"$out")"
  is true "$(json 'all(c["ok"] for c in d["checks"] if c["needed"])' <<<"$out")"
  # An earlier rerun that diverged is told, but rules nothing out.
  reprise run -n random -o o.txt -- sh -c 'od -N8 -tx1 /dev/urandom >o.txt' 2>/dev/null
  expect 1 reprise rerun random
  expect 0 reprise doctor random
  says "$out" "was given 'diverged'"
fi
reprise run -n bare --capture declared -- true 2>/dev/null
expect 1 reprise doctor bare
says "$out" "best verdict to expect: incomplete"
says "$out" "it is only declared"
API_TOKEN=abcdefgh12345678 reprise run -n secretive --env API_TOKEN -- true 2>/dev/null
expect 1 reprise doctor secretive --json
is incomplete "$(json 'd["best_verdict"]' <<<"$out")"
says "$(json 'd["reasons"]' <<<"$out")" API_TOKEN
expect 3 reprise doctor nobody
# Content that is lost, which was stored before the run was.
printf 'stored first\n' >first.txt
find .reprise/packs -type f | sort >../before
reprise add first.txt >/dev/null
find .reprise/packs -type f | sort | comm -13 ../before - >../first
reprise run -n later -i first.txt -o o.txt -- sh -c 'cat first.txt >o.txt' 2>/dev/null
expect "$status" reprise doctor later
xargs rm -f <../first
expect 1 reprise doctor later
says "$out" "best verdict to expect: incomplete"
says "$out" "first.txt' is lost or damaged in the store"
