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

# One that only reads prints no part of an answer and leaves nothing.  It makes no path that could
# be waited for, so the moment between its beginning, when a signal ends it as any program, and its
# end is looked for.
mkdir ../small
python3 -c 'for i in range(8000): open(f"../small/{i}", "w").write(str(i))'
reprise add ../small --name small >/dev/null 2>&1
# Of the catalog every command that opens it renames files.
listing() { find . -path ./.reprise/catalog -prune -o -print | sort; }
listing >../before
for signal in SIGINT:130 SIGTERM:143; do
  expect 0 python3 - "${signal%:*}" "${signal#*:}" "$REPRISE" lineage overlap small small <<'EOS'
import signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.SIG_DFL)
name, status, *command = sys.argv[1:]
ended, earliest, latest = 0, 0.0, 4.0
for attempt in range(16):
    delay = (earliest + latest) / 2
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(delay)
    child.send_signal(getattr(signal, name))
    out, err = child.communicate()
    if out:  # Then all of it: a signal that comes later is too late.
        assert out.endswith("and 7990 more\n"), (out, err)
        latest = delay
        continue
    ended += 1
    assert child.returncode in (int(status), -getattr(signal, name)), (child.returncode, err)
    earliest = delay
    if child.returncode == int(status):
        assert "stopped on request" in err, err
        break
assert ended > 0, "it was quicker than every signal"
EOS
  listing | diff ../before - || fail "something is left of lineage overlap"
done

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
