# Commands that are interrupted leave a store that is whole, and no part of a result.
. "$(dirname "$0")/lib.sh"

reprise init >/dev/null
mkdir data
for i in $(seq 40); do head -c 1000000 /dev/urandom >"data/$i"; done
reprise add data --name data >/dev/null 2>&1

# interrupted SIGNAL STATUS COMMAND…: ends with STATUS when it is sent SIGNAL while it works.  The
# moment differs; one that comes after the end is as good, since then there is nothing to clean up.
interrupted() {
  local signal=$1 want=$2 got=0
  shift 2
  # Not in the background of a script, where SIGINT is ignored.
  python3 - "$signal" "$@" 2>"$work/err" <<'EOF' || got=$?
import os, signal, subprocess, sys
number = getattr(signal, sys.argv[1])
signal.signal(signal.SIGINT, signal.SIG_DFL)
child = subprocess.Popen(sys.argv[2:], stdout=subprocess.DEVNULL)
try:
    child.wait(0.02)
except subprocess.TimeoutExpired:
    child.send_signal(number)
status = child.wait()
sys.exit(status if status >= 0 else 128 - status)
EOF
  case $got in "$want" | 0) ;; *) fail "$* was interrupted with $got: $(cat "$work/err")" ;; esac
  stopped=$([ "$got" -eq 0 ] && echo no || echo yes)
}

for signal in SIGINT:130 SIGTERM:143; do
  name=${signal%:*} status=${signal#*:}
  interrupted "$name" "$status" "$REPRISE" restore data ../restored
  if [ "$stopped" = yes ]; then
    [ ! -e ../restored ] || fail "a part of the folder stays after $name"
  fi
  rm -rf ../restored
  interrupted "$name" "$status" "$REPRISE" fsck --read-data
  rm -rf .reprise/cache
  interrupted "$name" "$status" "$REPRISE" add data
  expect 0 reprise fsck --read-data
  expect 0 reprise runs
  is '' "$(ls -A .reprise/inbox)"
done

# A running command gets the signal first, and its run is recorded.
interrupted SIGTERM 143 "$REPRISE" run -n stopped -- sleep 60
