# Which factor decides that reruns differ, by programs of the replay corpus.
. "$(dirname "$0")/lib.sh"
mkdir ../tmp && export TMPDIR=$work/tmp
cases=$(cd "$(dirname "$0")/../replay" && pwd)

reprise init >/dev/null

# decided FACTOR RUN: the factor of that name is found to decide.
decided() {
  expect 0 reprise explain "$2" --times 2 --json
  is "$1" "$(json 'd["decided_by"]' <<<"$out")"
  is false "$(json 'd["reproduces"]' <<<"$out")"
}

reprise run -n same -o o -- sh -c 'echo 1 >o' 2>/dev/null
expect 0 reprise explain same
says "$out" "there is nothing to explain"
expect 0 reprise explain same --json
is true "$(json 'd["reproduces"]' <<<"$out")"
is null "$(json 'd["decided_by"]' <<<"$out")"
is nothing "$(json '" ".join(f["name"] for f in d["factors"])' <<<"$out")"

cp -r "$cases/hash_seed/data" .
reprise run -n hash_seed -o words.txt -- python3 -c "open('words.txt', 'w').write(' '.join(
    set(open('data/minutes.txt').read().split())))" 2>/dev/null
decided python_hash_seed hash_seed
is words.txt "$(json 'd["differing"][0]' <<<"$out")"
says "$(json 'd["sentence"]' <<<"$out")" "set PYTHONHASHSEED=0"
# A rerun that diverged is explained by its original.
expect 1 reprise rerun hash_seed --json
says "$err" "run: reprise explain hash_seed"
rerun=$(json 'd["run"]["id"]' <<<"$out")
runs=$(reprise runs --json | json 'len(d["runs"])')
decided python_hash_seed "$rerun"
is "$(reprise show hash_seed --json | json 'd["run"]["id"]')" "$(json 'd["run"]' <<<"$out")"

cc -O2 -fPIE -pie -o address "$cases/address_layout/address.c"
reprise run -n addresses -o order.txt -- ./address order.txt 2>/dev/null
decided addresses addresses
expect 0 reprise explain addresses
says "$out" "the layout of memory decides"
says "$out" 'setarch -R'

# The order in which threads come, but not with one thread.
cat >order.c <<'C'
#include <omp.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
  FILE* out = fopen("order.txt", "w");
  unsigned char random = 0;
  if (omp_get_max_threads() > 1) getentropy(&random, 1);
  fprintf(out, "%d\n", random);
  return fclose(out);
}
C
cc -fopenmp -o order order.c
OMP_NUM_THREADS=3 reprise run -n threads --env OMP_NUM_THREADS -o order.txt -- ./order 2>/dev/null
expect 0 reprise explain threads --times 8 --json
is threads "$(json 'd["decided_by"]' <<<"$out")"

# A time zone that the run had no variable for brings the result of today's back, or not: what is
# found is told by what equals the original.
TZ=Asia/Tokyo reprise run -n zone -- sh -c 'echo "$TZ"' >/dev/null 2>&1
expect 0 reprise explain zone --json
is true "$(json 'd["reproduces"]' <<<"$out")"

# The clock and random numbers cannot be set from outside.
reprise run -n clock -o report.txt -- sh -c 'date +%s.%N >report.txt' 2>/dev/null
expect 1 reprise explain clock
says "$out" "the clock, random numbers"
expect 1 reprise explain clock --json
is null "$(json 'd["decided_by"]' <<<"$out")"
is true "$(json 'all(not f["agrees"] for f in d["factors"])' <<<"$out")"

# Neither does one that changes each second let a factor decide that was tried within one.
reprise run -n seconds -o report.txt -- sh -c 'date +%s >report.txt' 2>/dev/null
sleep 1
for i in 1 2 3; do expect 1 reprise explain seconds --times 2; done

# Asked to stop it ends the command, leaves nothing and says so.
cat >wait.c <<'C'
#include <stdio.h>
#include <unistd.h>
int main(void) {
  for (int i = 0; i < 3000 && getppid() == 1; ++i) usleep(10000);
  return 0;
}
C
cc -o wait wait.c
reprise run -n waits -- ./wait 2>/dev/null
"$REPRISE" explain waits >"$work/out" 2>"$work/err" &
explaining=$!
for i in $(seq 300); do
  compgen -G "../tmp/reprise-explain-*/printed" >/dev/null && break
  sleep 0.1
done
sleep 0.2
kill -TERM "$explaining"
got=0
wait "$explaining" || got=$?
[ "$got" -ne 0 ] || fail "it went on: $(cat "$work/out")"
says "$(cat "$work/err")" interrupted

# Without outputs it is compared by what it prints; how it ends counts, too.
reprise run -n prints -- sh -c 'date +%s.%N' >/dev/null 2>&1
expect 1 reprise explain prints --json
is '(stdout)' "$(json 'd["differing"][0]' <<<"$out")"
reprise run -n fails -- sh -c 'exit 3' 2>/dev/null || true
expect 0 reprise explain fails

# Metrics are those of the original and of a recorded rerun: which differ, from where on, how far.
if [ -n "${MINIMAL:-}" ]; then
  library=$(ldd "$MINIMAL" | sed -n 's/.*libreprise[^ ]* => \([^ ]*\).*/\1/p')
  cat >measure.py <<'PYTHON'
import ctypes, os, sys
sdk = ctypes.CDLL(sys.argv[1])
sdk.reprise_run_start.restype = ctypes.c_void_p
run = ctypes.c_void_p(sdk.reprise_run_start(None))
def metric(key, value, step):
    sdk.reprise_run_metric(run, key, ctypes.c_double(value), ctypes.c_int64(step))
for step in range(4):
    metric(b"steady", step, step)
    metric(b"loss", 0.5 if step < 2 else 0.5 + 1e-9 * int.from_bytes(os.urandom(3), "big"), step)
open("done.txt", "w").write("done")
sdk.reprise_run_finish(run, 0)
PYTHON
  expect 0 reprise run -n measure -o done.txt -- "${python_with_sdk[@]}" measure.py "$library"
  expect 0 reprise explain measure --times 2 --json
  is null "$(json 'd["metrics"]' <<<"$out")"
  says "$(json 'd["warnings"][-1]' <<<"$out")" "no rerun is recorded"
  expect 1 reprise rerun measure --json
  again=$(json 'd["run"]["id"]' <<<"$out")
  difference=$(json 'd["verdict"]["metrics"][0]["difference_max"]' <<<"$out")
  for ref in measure "$again"; do
    expect 0 reprise explain "$ref" --times 2 --json
    is "[\"$again\", 2, [\"loss\"], 2, $difference]" "$(json '[d["metrics"]["rerun"],
      d["metrics"]["compared"], [m["key"] for m in d["metrics"]["differing"]],
      d["metrics"]["differing"][0]["first_differing_step"],
      d["metrics"]["differing"][0]["difference_max"]]' <<<"$out")"
    says "$(json 'd["sentence"]' <<<"$out")" "only metrics of the recorded rerun differ"
  done
  expect 0 reprise explain measure --times 2
  says "$out" "1 of 2 differ"
  says "$out" "largest difference"
  runs=$((runs + 2))
fi

# Nothing is recorded, and nothing is left behind.
is "$((runs + 8))" "$(reprise runs --json | json 'len(d["runs"])')"
is '' "$(ls ../tmp)"
for times in 0 1 x 1001; do expect 2 reprise explain same "--times=$times"; done
expect 3 reprise explain nobody
