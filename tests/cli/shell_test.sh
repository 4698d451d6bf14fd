# A shell, or one command, in the sandbox of a run.
. "$(dirname "$0")/lib.sh"
mkdir ../tmp && export TMPDIR=$work/tmp

reprise init >/dev/null
printf 'c\na\nb\n' >data.txt
KIND=good reprise run -n base -i data.txt -o sorted.txt --env KIND -- \
  sh -c 'sort data.txt >sorted.txt' 2>/dev/null

# The project is there as the run found it, whatever lies there today; nothing else is.
printf 'z\n' >data.txt
printf 'new\n' >later.txt
expect 0 reprise shell base -- sort data.txt
is 'a b c' "$(xargs <<<"$out")"
is '' "$err"
echo 'pwd; echo "$KIND"; [ -e later.txt ] || echo no later; exit 7' >../commands
expect 7 reprise shell base <../commands
is "$work/project good no later" "$(xargs <<<"$out")"

# The status is the command's; one that is not there is 127.
expect 3 reprise shell base -- sh -c 'exit 3'
expect 137 reprise shell base -- sh -c 'kill -9 $$'
expect 127 reprise shell base -- nonsense
says "$err" "cannot execute 'nonsense' in the sandbox"
expect 3 reprise shell nobody
expect 3 reprise shell base --json -- sh -c 'echo hello; exit 3'
is 3 "$(json 'd["exit_status"]' <<<"$out")"
says "$err" hello

# What is written is thrown away, or kept where it was asked for.
echo 'echo 1 >made.txt; echo 2 >>data.txt' >../commands
expect 0 reprise shell base <../commands
is 'z' "$(cat data.txt)"
[ ! -e made.txt ] || fail "the sandbox wrote into the project"
expect 0 reprise shell base --keep ../kept <../commands
is 1 "$(cat "../kept$work/project/made.txt")"
is 'c a b 2' "$(xargs <"../kept$work/project/data.txt")"
[ ! -e ../kept/.reprise-new ] || fail "the claim is left"
expect 2 reprise shell base --keep ../kept -- true
expect 2 reprise shell base --keep .reprise/x -- true
expect 127 reprise shell base --keep ../unkept -- nonsense
[ ! -e ../unkept ] || fail "a folder of nothing was made"

# Nothing is recorded, and nothing is left behind.
is 1 "$(reprise runs --json | json 'len(d["runs"])')"
is '' "$(ls ../tmp)"

# A run that used no shell is lent one.
cc -o tiny -x c - <<<'int main(void) { return 0; }'
reprise run -n tiny -- ./tiny 2>/dev/null
echo 'pwd; exit 4' >../commands
expect 4 reprise shell tiny <../commands
is "$work/project" "$out"
says "$err" "the run used no shell; this is the host's"
is 1 "$(grep -c "^reprise: " <<<"$err")"

# On a terminal the shell has job control, and the terminal comes back afterwards.
shown=$(python3 - "$REPRISE" <<'PY'
import os, pty, sys, time
child, terminal = pty.fork()
if child == 0:
    os.execvp("sh", ["sh", "-c", sys.argv[1] + " shell tiny; echo status $?; read l; echo got $l"])
shown = b""
def until(text):
    global shown
    end = time.monotonic() + 60
    while text not in shown and time.monotonic() < end:
        try:
            shown += os.read(terminal, 4096)
        except OSError:
            break
TELL = b"set -o | { while read a b; do [ $a = monitor ] && echo $a-$b; done; }\n"
for asked, expected in ((b"echo ready-$((1+1))\n", b"ready-2"), (TELL, b"monitor-on"),
                        (b"while :; do :; done\n", b"done"), (b"\x03", b"^C"),
                        (b"exit 5\n", b"status 5"), (b"again\n", b"got again")):
    os.write(terminal, asked)
    until(expected)
    time.sleep(0.2)
os.waitpid(child, 0)
sys.stdout.write(shown.decode(errors="replace"))
PY
)
says "$shown" monitor-on
says "$shown" "status 5"
says "$shown" "got again"
case "$shown" in *"job control"*) fail "no job control: $shown" ;; esac

# A run that was not traced has no sandbox.
reprise run -n bare --capture declared -- true 2>/dev/null
expect 3 reprise shell bare -- true
says "$err" "was not traced"
