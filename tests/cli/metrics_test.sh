# Metrics that a program logs through the SDK.
. "$(dirname "$0")/lib.sh"

reprise init >/dev/null
expect 0 reprise run -n base -p eta=0.2 --json -- "$MINIMAL"
is '{"count": 100, "last_step": 99, "max": 4}' "$(json '{k: d["run"]["metrics"]["loss"][k]
  for k in ("count", "last_step", "max")}' <<<"$out")"
is 0.2 "$(json 'd["run"]["params"]["eta"]' <<<"$out")"
is slope.txt "$(json 'd["run"]["outputs"][0]["path"]' <<<"$out")"
expect 0 reprise run -n slow -p eta=0.1 -- "$MINIMAL"

expect 0 reprise metrics base --csv
is 101 "$(wc -l <<<"$out")"
says "$out" "loss,0,"
expect 0 reprise metrics base loss --json
is '["step", "time", "value"]' "$(json 'sorted(d["metrics"]["loss"][0])' <<<"$out")"
is 100 "$(json 'len(d["metrics"]["loss"])' <<<"$out")"
expect 0 reprise metrics base --plot
says "$out" 'loss  100 points'
expect 3 reprise metrics base nothing
says "$err" 'it has loss'
expect 0 reprise show default@min:loss --json
is base "$(json 'd["run"]["name"]' <<<"$out")"
expect 0 reprise show default@max:loss --json
is slow "$(json 'd["run"]["name"]' <<<"$out")"
expect 0 reprise runs --json --where 'metrics.loss < 1e-30'
is '["base"]' "$(json '[r["name"] for r in d["runs"]]' <<<"$out")"
expect 0 reprise rerun base --on-host --json
is 'identical identical' \
  "$(json 'd["verdict"]["result"] + " " + d["verdict"]["metrics"][0]["state"]' <<<"$out")"

# What the SDK calls an output is not stored when it leads into a store.
rm -f slope.txt
ln -s .reprise/cache/slope.txt slope.txt
expect 0 reprise run -n leak -- "$MINIMAL"
says "$err" "the output 'slope.txt' could not be stored"
says "$err" "is never content"
