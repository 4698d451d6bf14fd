# What goes wrong is said in one sentence, with the right status, and nothing is left half done.
. "$(dirname "$0")/lib.sh"

reprise init >/dev/null
printf 'x\n' >data
reprise run -n one -i data -o out -- cp data out 2>/dev/null

# wrong STATUS WORDS ARGUMENTS…: one sentence on stderr, nothing on stdout.
wrong() {
  local status=$1 words=$2
  shift 2
  expect "$status" reprise "$@"
  is '' "$out"
  says "$err" "$words"
  case $err in 'reprise: '*) ;; *) fail "no sentence of ours: $err" ;; esac
}

wrong 3 'nonsense' show nonsense
wrong 3 'names no run' show @last~9
wrong 3 'no finished run with that metric' show default@max:auc
wrong 2 'is not a digest' show sha256:xyz
wrong 3 "names no object" cat sha256:0123456789
wrong 3 "'one:nothing' names no" cat one:nothing
wrong 3 'is an artifact' log data
wrong 3 'is a run' whence one
wrong 2 'takes text, json' lineage up one --format png
wrong 2 'whole number' lineage up one --depth x
wrong 2 'not empty' restore one .
wrong 2 'takes code, inputs' restore one ../x --only nonsense
expect 0 reprise run -n declared --capture declared -- true
wrong 3 'was not traced' rerun declared
wrong 2 'change nothing' rerun one --on-host --set x=1
wrong 2 'KEY=VALUE' rerun one --on-host --set x
wrong 3 "there is no 'missing'" rerun one --on-host --input data=missing
wrong 2 'percentage' fsck --read-data=101
wrong 2 'is one of bundle' audit export one -o ../b --format docx
wrong 3 'missing' ledger verify --since missing
wrong 2 "--since 'data'" ledger verify --since data
wrong 2 'REF is missing' ledger prove
wrong 2 'at most 18 digits' runs --limit 99999999999999999999
mkfifo fifo
wrong 2 'exists and is no folder' audit export one -o fifo
rm fifo
wrong 5 'File name too long' --store "$(printf '/%01000d' 0 0 0 0 0 0 0 0 0 0)" runs
[ "${#err}" -lt 4500 ] || fail "the message has ${#err} characters"
wrong 2 'already' init
wrong 3 'reprise init' --store /nonexistent runs
wrong 3 'reprise init' --store data runs
wrong 127 'cannot run' run -- ./missing
wrong 126 'cannot run' run -- ./data
wrong 2 "--" run

# A thousand arguments.
# shellcheck disable=SC2046  # One word each.
expect 2 reprise show $(seq 1000)
# shellcheck disable=SC2046
expect 0 reprise add $(yes data | head -n 100)
is 100 "$(wc -l <<<"$out")"
expect 0 reprise fsck --read-data

# Whoever waits for another process says so, and goes on when that has finished.
exec 9>.reprise/lock
flock 9
reprise runs >/dev/null 2>"$work/waiting" 9>&- &
for _ in $(seq 250); do
  grep -q "waiting" "$work/waiting" && break
  sleep 0.1
done
says "$(cat "$work/waiting")" "waiting"
exec 9>&-
wait "$!" || fail "the store was not opened after the wait"
expect 0 reprise runs
is '' "$err"
