# Commands that are interrupted leave a store that is whole, and no part of a result.
. "$(dirname "$0")/lib.sh"

reprise init >/dev/null
mkdir data
for i in $(seq 40); do head -c 1000000 /dev/urandom >"data/$i"; done
reprise add data --name data >/dev/null 2>&1
reprise run -n sealed -i data -- true 2>/dev/null

# interrupted SIGNAL STATUS PATTERN COMMAND…: sends SIGNAL as soon as a path matches PATTERN, that
# is, in the midst of the work.  A command that was quicker than the signal has nothing to clean up.
interrupted() {
  local got=0 want=$2
  # Not as a job of this script, in which SIGINT would be ignored.
  python3 - "$@" 2>"$work/err" <<'EOF' || got=$?
import glob, signal, subprocess, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
child = subprocess.Popen(sys.argv[4:], stdout=subprocess.DEVNULL)
while child.poll() is None and not glob.glob(sys.argv[3]):
    pass
child.send_signal(getattr(signal, sys.argv[1]))
status = child.wait()
sys.exit(status if status >= 0 else 128 - status)
EOF
  case $got in "$want" | 0) ;; *) fail "$* ended with $got: $(cat "$work/err")" ;; esac
  [ "$got" -eq 0 ] || stopped=$((stopped + 1))
}

stopped=0
for signal in SIGINT:130 SIGTERM:143; do
  name=${signal%:*} status=${signal#*:}
  before=$stopped
  interrupted "$name" "$status" '../restored/*' "$REPRISE" restore data ../restored
  if [ "$stopped" -gt "$before" ]; then
    [ ! -e ../restored ] || fail "a part of the folder stays after $name"
  fi
  rm -rf ../restored
  before=$stopped
  interrupted "$name" "$status" '../image.tar.tmp-*' \
    "$REPRISE" export sealed --format oci -o ../image.tar
  if [ "$stopped" -gt "$before" ]; then
    is '' "$(find .. -maxdepth 1 -name 'image.tar*')"
  fi
  rm -f ../image.tar
  truncate -s 256M "large-$name"
  before=$stopped
  interrupted "$name" "$status" '.reprise/inbox/[0-9A-Z]*/lock' \
    "$REPRISE" run -n "large-$name" -i "large-$name" -- touch began
  if [ "$stopped" -gt "$before" ]; then
    [ ! -e began ] || fail "the command was started after $name"
    [ ! -e ".reprise/names/large-$name" ] || fail "the name of the run stays after $name"
  fi
  rm -f began
  head -c 20000000 /dev/urandom >"new-$name"
  interrupted "$name" "$status" '.reprise/inbox/[0-9A-Z]*' "$REPRISE" add "new-$name"
  expect 0 reprise fsck --read-data
  is '' "$(ls -A .reprise/inbox)"
done
[ "$stopped" -gt 0 ] || fail "every command was quicker than its signal"

# A running command gets the signal first, and its run is recorded.
interrupted SIGTERM 143 started "$REPRISE" run -n stopped -- sh -c 'touch started; exec sleep 60'
is killed "$(reprise show stopped --json | json 'd["run"]["status"]')"

# A rerun that was interrupted says nothing about its original.
expect 0 reprise run -n original -o o -- \
  sh -c "touch '$work/began'; [ ! -e '$work/hold' ] || exec sleep 60; echo x >o"
rm "$work/began"
touch "$work/hold"
interrupted SIGINT 5 "$work/began" "$REPRISE" rerun original --on-host
says "$(cat "$work/err")" "there is no verdict"
is false "$(reprise ledger show --json | json 'any(e["kind"] == "verdict" for e in d["entries"])')"

# One that is interrupted while it is laid out takes its folder away.
export TMPDIR="$work/tmp"
mkdir "$TMPDIR"
expect 0 reprise run -n reader -i data -- true
for signal in SIGINT:130 SIGTERM:143 SIGHUP:129; do
  interrupted "${signal%:*}" "${signal#*:}" "$TMPDIR/reprise-rerun-*/data/*" \
    "$REPRISE" rerun reader --on-host
  is '' "$(ls -A "$TMPDIR")"
done

# The same of a folder that is to be kept; once the command has started it stays.
before=$stopped
interrupted SIGINT 130 '../kept/data/*' "$REPRISE" rerun reader --on-host --keep ../kept
if [ "$stopped" -gt "$before" ]; then
  says "$(cat "$work/err")" "/kept' is removed again"
  [ ! -e ../kept ] || fail "a part of a layout stays"
fi
rm "$work/began"
interrupted SIGINT 5 "$work/began" "$REPRISE" rerun original --on-host --keep ../begun
says "$(cat "$work/err")" "/begun' stays as the command left it"
[ -d ../begun ] || fail "the folder of a command that was started is gone"

# The next rerun removes what a killed one left behind: a folder whose lock nobody holds.
stem=reprise-rerun-01ARZ3NDEKTSV4RRFFQ69G5FA
left=$TMPDIR/${stem}V held=$TMPDIR/${stem}W
mkdir -p "$left/data" "$held" "$TMPDIR/${stem}X" "$TMPDIR/reprise-rerun-mine"
touch "$left/data/1" "$left.lock" "$TMPDIR/reprise-rerun-mine.lock"
exec 8>"$held.lock"
flock 8
expect 0 reprise rerun reader --on-host
exec 8>&-
is "${stem}W ${stem}W.lock ${stem}X reprise-rerun-mine reprise-rerun-mine.lock" \
  "$(cd "$TMPDIR" && echo *)"
expect 0 reprise rerun reader --on-host
[ ! -e "$held" ] || fail "what nobody holds any more stays"
