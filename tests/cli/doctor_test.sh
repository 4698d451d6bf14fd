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
