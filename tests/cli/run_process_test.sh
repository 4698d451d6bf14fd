# What the command of `reprise run` notices of being recorded: nothing.  Streams, signals, terminal.
. "$(dirname "$0")/lib.sh"

reprise init >/dev/null

# Streams pass byte for byte, and are recorded so.
head -c 3000000 /dev/urandom >"$work/bytes"
is "$(sha256sum <"$work/bytes")" "$(reprise run --quiet -- cat "$work/bytes" | sha256sum)"
is "$(sha256sum <"$work/bytes")" "$(reprise log @last | sha256sum)"
is "$(sha256sum <"$work/bytes")" \
  "$(reprise run --quiet -- sh -c 'cat >&2' <"$work/bytes" 2>&1 >/dev/null | sha256sum)"
is "$(sha256sum <"$work/bytes")" "$(reprise log @last --stderr | sha256sum)"
is 100000000 "$(reprise run --quiet -- head -c 100000000 /dev/zero | wc -c)"

# A reader that goes away ends the command by SIGPIPE, as it would without us.
status=0
(reprise run --quiet -- yes || echo "$?" >"$work/status") | head -1 >"$work/out"
is y "$(cat "$work/out")"
is 141 "$(cat "$work/status")"
is killed "$(reprise show @last --json | json 'd["run"]["status"]')"

# So does a stdout that is closed from the start: the command's own affair.
expect 0 reprise run --quiet -- true
expect 0 sh -c '"$REPRISE" run --quiet -- true >&-'

# A daemon that the command leaves behind does not delay the end, and can go on talking.
expect 0 timeout 30 "$REPRISE" run --quiet -- sh -c 'sleep 100 & echo "$!"'
kill "$out"

# SIGINT and SIGTERM to reprise reach the command, whose answer decides.
python3 - "$REPRISE" <<'PYTHON' || fail "signals are not passed on"
import os, pty, select, signal, subprocess, sys, time

REPRISE = sys.argv[1]


def start(script, **options):
    process = subprocess.Popen([REPRISE, "run", "--quiet", "--", "sh", "-c", script],
                               stdout=subprocess.PIPE, text=True, start_new_session=True, **options)
    assert process.stdout.readline() == "ready\n"
    return process


for number, name in ((signal.SIGINT, "INT"), (signal.SIGTERM, "TERM"), (signal.SIGHUP, "HUP")):
    process = start(f"trap 'echo caught; exit 7' {name}; echo ready; while :; do sleep 0.02; done")
    process.send_signal(number)
    assert process.communicate(timeout=60)[0] == "caught\n", name
    assert process.returncode == 7, (name, process.returncode)
process = start("echo ready; exec sleep 1000")
process.send_signal(signal.SIGTERM)
process.communicate(timeout=60)
assert process.returncode == 128 + signal.SIGTERM, process.returncode


class Terminal:
    """A shell with job control on a terminal of its own."""

    def __init__(self):
        self.text = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["PS1"] = "prompt> "
            os.execlp("bash", "bash", "--norc", "--noprofile", "--noediting", "-i")

    def write(self, text):
        os.write(self.fd, text.encode())

    def wait_for(self, wanted):
        deadline = time.monotonic() + 60
        while wanted not in self.text:
            came, _, _ = select.select([self.fd], [], [], max(0, deadline - time.monotonic()))
            assert came, f"{wanted!r} did not come: {self.text!r}"
            self.text += os.read(self.fd, 4096).decode(errors="replace")
        self.text = self.text.split(wanted, 1)[1]


terminal = Terminal()
run = f"{REPRISE} run --quiet -- sh -c "
# The terminal is the command's: its input, and Ctrl-C, once.
terminal.write(run + "'test -t 0 && echo is-a-\"\"terminal; read line; echo \"got-$line\"'\n")
terminal.wait_for("is-a-terminal")
terminal.write("hello\n")
terminal.wait_for("got-hello")
terminal.write(run + "'trap \"echo caught-\\\"\\\"one; exit 9\" INT; echo ready-\"\"now;"
               " while :; do sleep 0.02; done'; echo \"status-\"$?\n")
terminal.wait_for("ready-now")
terminal.write("\x03")
terminal.wait_for("caught-one")
terminal.wait_for("status-9")
# Ctrl-Z stops all of it, and fg goes on with it.  (Only then does the command read: a read that is
# waiting may take what is typed meanwhile, before its process has stopped.)
with open("stopped.sh", "w") as script:
    script.write("trap 'read line; echo read-$line; exit' CONT\n"
                 "echo begun-now\nwhile :; do sleep 0.02; done\n")
terminal.write(f"{REPRISE} run --quiet -- sh stopped.sh\n")
terminal.wait_for("begun-now")
terminal.write("\x1a")
terminal.wait_for("Stopped")
terminal.wait_for("prompt> ")
terminal.write("fg\n")
terminal.wait_for("stopped.sh")
terminal.write("again\n")
terminal.wait_for("read-again")
terminal.write("exit\n")
try:
    while os.read(terminal.fd, 4096):
        pass
except OSError:
    pass
os.waitpid(terminal.pid, 0)
PYTHON

# What cannot be started leaves nothing behind.
before=$(reprise runs --json --limit 0 | json 'len(d["runs"])')
expect 127 reprise run -- no-such-command
expect 126 reprise run -- /
[ -z "$(ls -A .reprise/inbox)" ] || fail "the inbox is not empty"
is "$before" "$(reprise runs --json --limit 0 | json 'len(d["runs"])')"

# Without descriptors it says so.
expect 5 sh -c 'ulimit -n 12; exec "$REPRISE" run -- true'
says "$err" "Too many open files"

# Nobody can read the output, or there is no room for it: the command goes on, and its output is
# recorded.
expect 0 sh -c 'exec "$REPRISE" run -n unseen -- \
  sh -c "echo one; sleep 0.2; echo two; echo went on >went_on" >/dev/full'
says "$err" "no longer shown"
is 'went on' "$(cat went_on)"
is $'one\ntwo' "$(reprise log unseen)"

# A background process that talks on does not keep the run from ending.
expect 0 sh -c 'exec "$REPRISE" run -- \
  sh -c "(while echo x; do sleep 0.05; done) & echo \$! >talker"'
kill "$(cat talker)"

# What cannot be written into a record is refused before the command runs.
expect 2 reprise run --env $'N\xff' -- touch ran
expect 2 reprise run -i '' -- touch ran
expect 2 reprise run -o '' -- touch ran
[ ! -e ran ] || fail "the command ran"

# Nothing is lost by a name that is too long for the ledger, or by folders that a copy left out.
rmdir .reprise/inbox
expect 0 env REPRISE_ACTOR="$(printf 'é%.0s' {1..1000})" "$REPRISE" run -n long-actor -- true
expect 0 reprise show long-actor
says "$out" "by éé"

# A branch whose name is not UTF-8.
git init -q && git -c user.name=n -c user.email=e commit -q --allow-empty -m first
git branch -m $'b\xff'
expect 0 reprise run -n odd-branch -- true
expect 0 reprise show odd-branch --json
rm -rf .git

# A working directory that is gone already.
mkdir vanishing
expect 5 sh -c \
  'cd vanishing && rmdir ../vanishing && exec "$REPRISE" run --store ../.reprise -- true'

# A disk that is full at the end (here: a limit on files, which the command lifts for itself):
# reprise says that it failed, and the run is complete as soon as there is room.
expect 125 sh -c 'trap "" XFSZ; ulimit -S -f 64; exec "$REPRISE" run -n full -o big -- \
  sh -c "ulimit -S -f unlimited; head -c 1000000 /dev/urandom >big; exit 7"'
says "$err" "the command ended with exit status 7, but could not be recorded to its end"
expect 0 reprise show full --json
is 'failed 7 big' "$(json \
  'd["run"]["status"], d["run"]["exit_code"], d["run"]["outputs"][0]["path"]' <<<"$out" |
  tr -d '[]",')"
is "$(sha256sum <big)" "$(reprise cat "$(json 'd["run"]["outputs"][0]["digest"]' <<<"$out")" |
  sha256sum)"
expect 0 reprise fsck --read-data
