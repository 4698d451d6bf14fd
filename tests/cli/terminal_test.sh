# Terminals, closed streams, and other places that a command may find itself in.
. "$(dirname "$0")/lib.sh"

reprise init >/dev/null
head -c 100000 /dev/urandom >data
for i in 1 2 3; do reprise run -n "run-$i" -o data -- true 2>/dev/null; done

# on_terminal COLUMNS COMMAND… : what COMMAND shows on a terminal.
on_terminal() {
  python3 - "$@" <<'EOF'
import fcntl, os, pty, struct, sys, termios
columns, command = int(sys.argv[1]), sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    os.execvp(command[0], command)
shown = b""
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:
        break
    if not part:
        break
    shown += part
os.waitpid(child, 0)
sys.stdout.buffer.write(shown.replace(b"\r\n", b"\n"))
EOF
}

# A table is as wide as the terminal, and whole when it is not shown on one.
is 4 "$(on_terminal 30 "$REPRISE" runs | grep -c '…$')"
is 0 "$(reprise runs | grep -c '…' || true)"
is 0 "$(on_terminal 200 "$REPRISE" runs | grep -c '…' || true)"
is 4 "$(COLUMNS=30 on_terminal 200 "$REPRISE" runs | grep -c '…$')"
# No colour and no control characters where nobody looks.
is 0 "$(reprise fsck --read-data 2>&1 | grep -c "$(printf '\033')" || true)"
is 0 "$(NO_COLOR=1 on_terminal 80 "$REPRISE" runs | grep -c "$(printf '\033')" || true)"

# A reader that goes away ends the command, quietly.
is run-3 "$(reprise runs --json | head -n 5 | sed -n 's/.*"name": "\(.*\)",/\1/p')"
(set +o pipefail; reprise ledger show 2>"$work/err" | head -n 1 >/dev/null)
is '' "$(cat "$work/err")"
# An answer that is lost on a full device or a closed stream is an error, with the reason; a closed
# stderr is as good as /dev/null.
status=0
reprise runs >/dev/full 2>"$work/err" || status=$?
is 5 "$status"
says "$(cat "$work/err")" "cannot write the result to stdout: No space left on device"
for command in runs "ledger checkpoint" "runs --json" "show run-3"; do
  status=0
  # shellcheck disable=SC2086  # Words.
  reprise $command >&- 2>"$work/err" || status=$?
  is 5 "$status"
  says "$(cat "$work/err")" "cannot write the result to stdout: it is closed"
done
reprise run --quiet -n unheard -- true >&- || fail "a command without an answer lost one"
reprise runs 2>&- >/dev/null || fail "closed stderr"
status=0
reprise show nonsense 2>&- || status=$?
is 3 "$status"

# Whatever the locale and the home.
for environment in LC_ALL=C LANG=xx_YY.none HOME= TERM=nonsense COLUMNS=nonsense; do
  expect 0 env "$environment" "$REPRISE" runs
  says "$out" run-3
done
expect 0 env -i PATH="$PATH" "$REPRISE" run -- true

# A working directory that is gone.
mkdir ../gone
(
  cd ../gone
  rmdir ../gone
  expect 5 reprise runs
  says "$err" "working directory"
  expect 0 reprise help
  expect 0 reprise --version
)

# An unwritable output folder, a file in place of a folder, a name that is too long.
expect 2 reprise restore run-1 data
expect 5 reprise add "$(printf 'a%.0s' $(seq 300))"
says "$err" "File name too long"
ln -s loop loop
expect 5 reprise add loop
says "$err" "loop"
