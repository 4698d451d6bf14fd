# `reprise run` within `reprise run`: the kernel gives a process one listener for its system calls,
# so the inner run is traced in another way.  Both records are right.
. "$(dirname "$0")/lib.sh"
export ASAN_OPTIONS=detect_leaks=0  # Nobody can look for leaks in what is traced.

reprise init >/dev/null
echo data >in.txt
expect 0 reprise run -n probe -- true
tracer=$(reprise show probe --json | json 'd["run"]["capture"]["tracer"] or ""')
if [ "$tracer" != seccomp ]; then
  echo "SKIPPED: this system forbids to listen to system calls (seccomp)"
  exit 77
fi

# capture NAME, inputs NAME, outputs NAME
capture() { reprise show "$1" --json | json '"%(level)s %(tracer)s" % d["run"]["capture"]'; }
inputs() { reprise show "$1" --json | json '" ".join(u["path"] for u in d["run"]["inputs"])'; }
outputs() { reprise show "$1" --json | json '" ".join(u["path"] for u in d["run"]["outputs"])'; }

expect 7 reprise run -n outer -- "$REPRISE" run -n inner -- sh -c 'cat in.txt >out.txt; exit 7'
says "$err" 'inner'
says "$err" 'sealed (ptrace-all)'
says "$err" 'sealed (seccomp)'
is 'sealed seccomp' "$(capture outer)"
is 'sealed ptrace-all' "$(capture inner)"
expect 0 reprise show inner
says "$out" 'sealed (ptrace-all)'
for run in outer inner; do
  is in.txt "$(inputs $run)"
  is out.txt "$(outputs $run)"
done
exit_code() { reprise show "$1" --json | json 'd["run"]["exit_code"]'; }
is '7 7' "$(exit_code outer) $(exit_code inner)"

# A third one can be traced by nobody: what it maps is all that is seen, and it says so.  The other
# two see all that it does.
expect 0 reprise run -n first -- "$REPRISE" run -n second -- "$REPRISE" run -n third -- \
  sh -c 'cat in.txt >out3.txt; sleep 0.3'
is 'sealed seccomp' "$(capture first)"
is 'sealed ptrace-all' "$(capture second)"
is 'declared maps' "$(capture third)"
for run in first second; do
  is in.txt "$(inputs $run)"
  is out3.txt "$(outputs $run)"
done
expect 0 reprise show third
says "$out" 'only files that were mapped into memory'
environment=$(reprise show third --json | json 'd["run"]["environment"]')
reprise cat "$environment" >"$work/environment"
grep -q 'libc\.so' "$work/environment" || fail "the C library is not in the environment"

# An older kernel has no listeners that let calls through.
expect 0 setarch --uname-2.6 "$REPRISE" run -n older -- sh -c 'cat in.txt >out4.txt'
is 'sealed ptrace' "$(capture older)"
is in.txt "$(inputs older)"
is out4.txt "$(outputs older)"

# All three see the same: the closures of the same command are one document.
closure() { reprise show "$1" --json | json 'd["run"]["capture"]["closure"]'; }
script='for i in 1 2 3; do cat in.txt | sort >part$i; done; ls /; mv part1 all; rm part2'
# same TRACER COMMAND…: what COMMAND makes of the run is traced so.
same() {
  rm -f all part*
  expect 0 "${@:2}" "$REPRISE" run -n "same-$1" -- sh -c "$script"
  is "sealed $1" "$(capture "same-$1")"
}
same seccomp env
same ptrace setarch --uname-2.6
same ptrace-all "$REPRISE" run -n outer-same --
is "$(closure same-seccomp)" "$(closure same-ptrace)"
is "$(closure same-seccomp)" "$(closure same-ptrace-all)"

# Signals and the end by one reach as before; the terminal's are the command's.
expect 143 reprise run -n outer-killed -- "$REPRISE" run -n inner-killed -- \
  sh -c 'kill -TERM $$; sleep 100'
is killed "$(reprise show inner-killed --json | json 'd["run"]["status"]')"

# A daemon that is left behind goes on and is traced no more.
expect 0 timeout 60 "$REPRISE" run --quiet -n outer-daemon -- "$REPRISE" run -n inner-daemon -- \
  sh -c 'sleep 50 >/dev/null 2>&1 & echo "$!"'
is 0 "$(sed -n 's/^TracerPid:\t//p' "/proc/$out/status")"
kill "$out"

expect 0 reprise fsck
