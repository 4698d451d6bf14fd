# Paths, impact, filters, and what a commit, a library or a file of the code leads to.
. "$(dirname "$0")/lib.sh"

export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
git init -q .
git config user.name test
git config user.email test@example.org
printf 'tr a-z A-Z <raw.csv >clean.csv\n' >prepare.sh
printf 'cat clean.csv clean.csv >model.bin\n' >train.sh
printf '*.csv\n*.bin\n' >.gitignore
git add .
git commit -q -m Begin
commit=$(git rev-parse HEAD)
reprise init >/dev/null
printf 'raw\n' >raw.csv
reprise run -n prepare -e data -i raw.csv -o clean.csv -- sh prepare.sh 2>/dev/null
reprise run -n train -e models -p eta=0.1 -i clean.csv -o model.bin -- sh train.sh 2>/dev/null
reprise run -n again -e models -p eta=0.2 -i clean.csv -o model.bin -- sh train.sh 2>/dev/null
id_of() { reprise show "$1" --json | json 'd["run"]["id"]'; }
prepare=$(id_of prepare) train=$(id_of train) again=$(id_of again)

# The shortest way, in the direction of the data, whichever way round it is asked.
expect 0 reprise lineage path raw.csv model.bin --json
is '["forward", 4, 1]' "$(json '[d["direction"], d["length"], len(d["ways"])]' <<<"$out")"
expect 0 reprise lineage path model.bin raw.csv
says "$out" 'raw.csv led to model.bin by 4 steps'
says "$out" "used by prepare"
expect 0 reprise lineage path raw.csv model.bin --all --json
is 2 "$(json 'len(d["ways"])' <<<"$out")"
expect 1 reprise lineage path train again
says "$out" 'nothing leads'
expect 0 reprise lineage path train train
says "$out" 'the same'
expect 2 reprise lineage path train
expect 3 reprise lineage path train unknown

# Which runs it led through, how far it may be, and as a picture.
expect 0 reprise lineage path raw.csv model.bin --kind run --json
is '["used", "via", "produced"]' "$(json '[e["kind"] for e in d["ways"][0]]' <<<"$out")"
is '[4, 3, 4]' "$(json '[len(d["nodes"]), len(d["edges"]), d["length"]]' <<<"$out")"
expect 0 reprise lineage path raw.csv model.bin --where 'name = train' --kind run
says "$out" 'by 4 steps'
expect 1 reprise lineage path raw.csv model.bin --depth 3
says "$out" 'by at most 3 steps'
expect 0 reprise lineage path raw.csv model.bin --depth 4
expect 0 reprise lineage path raw.csv model.bin --all --format dot
says "$out" 'digraph'
expect 0 reprise lineage path raw.csv model.bin --format json
is forward "$(json 'd["direction"]' <<<"$out")"
for wrong in '--format nonsense' '--depth -1' '--since yesterday-ish' '--kind nonsense'; do
  # shellcheck disable=SC2086  # Two words.
  expect 2 reprise lineage path raw.csv model.bin $wrong
done

# A commit, a file of the code and a program lead to the runs with them.
for thing in "$commit" "${commit:0:8}" "commit:$commit" train.sh "$(command -v sh)"; do
  expect 0 reprise lineage down "$thing" --kind run --json
  ids=$(json '" ".join(n["id"] for n in d["nodes"])' <<<"$out")
  for id in "$prepare" "$train" "$again"; do says "$ids" "$id"; done
done
expect 3 reprise lineage down 0123456789abcdef
expect 3 reprise lineage down commit:
expect 3 reprise lineage down scorecard@3
expect 0 reprise whence prepare.sh
says "$out" 'part of     code'
says "$out" 'as prepare.sh, of 3 runs'
expect 0 reprise whence "$(command -v sh)" --json
is environment "$(json 'd["part_of"][0]["kind"]' <<<"$out")"
is 3 "$(json 'sum(e["runs"] for e in d["part_of"])' <<<"$out")"
expect 0 reprise whence prepare.sh --limit 1
says "$out" 'and 2 earlier runs'
expect 2 reprise whence prepare.sh --limit 0
expect 0 reprise whence prepare.sh --where 'experiment = models'
says "$out" 'as prepare.sh, of 2 runs'
expect 0 reprise whence model.bin --where 'name = train' --json
is "[\"$train\"]" "$(json '[e["run"] for e in d["artifact"]["produced_by"]]' <<<"$out")"
expect 0 reprise whence clean.csv --since 2100-01-01
says "$out" 'produced by none of the runs that are asked for'
expect 0 reprise whence clean.csv --since 1h
says "$out" 'produced by prepare'
expect 2 reprise whence clean.csv --since yesterday-ish
expect 2 reprise whence clean.csv --where eta=

# Libraries are shown when they are asked for; an environment is one node.
expect 0 reprise lineage up train --json
is '["artifact", "code", "commit", "environment", "run"]' \
  "$(json 'sorted({n["kind"] for n in d["nodes"]})' <<<"$out")"
expect 0 reprise lineage up train --kind library
says "$out" 'libc.so.6'

# Filters: what they leave out is passed through.
expect 0 reprise lineage down raw.csv --where 'params.eta = 0.2' --kind run --json
is "[\"$again\", \"via\"]" "$(json '[d["nodes"][1]["id"], d["edges"][0]["kind"]]' <<<"$out")"
is 2 "$(json 'len(d["nodes"])' <<<"$out")"
expect 0 reprise lineage down raw.csv --since 2100-01-01 --kind run --json
is 1 "$(json 'len(d["nodes"])' <<<"$out")"
expect 0 reprise lineage down raw.csv --since 7d --kind run --json
is 4 "$(json 'len(d["nodes"])' <<<"$out")"
expect 0 reprise lineage down raw.csv --limit 2 --json
is '[3, true]' "$(json '[len(d["nodes"]), d["truncated"]]' <<<"$out")"
says "$err" 'more than the 2 nodes'
for wrong in '--kind nonsense' '--where eta=' '--since yesterday-ish' '--limit 0' '--depth -1'; do
  # shellcheck disable=SC2086  # Two words.
  expect 2 reprise lineage down raw.csv $wrong
done

expect 0 reprise lineage impact raw.csv --json
is '[3, 2]' "$(json '[d["counts"]["run"], d["counts"]["artifact"]]' <<<"$out")"
is '["data", "models"]' "$(json '[e["name"] for e in d["experiments"]]' <<<"$out")"
is "$again" "$(json 'd["experiments"][1]["newest_run"]' <<<"$out")"
expect 0 reprise lineage impact "$commit" --where 'experiment = models'
says "$out" 'touches 2 runs'
says "$out" 'no registered model'
expect 0 reprise lineage impact raw.csv --json
down=$(reprise lineage down raw.csv --json | json '[d["nodes"], d["edges"]]')
is "$down" "$(json '[d["nodes"], d["edges"]]' <<<"$out")"
expect 0 reprise lineage impact raw.csv --format mermaid
says "$out" 'flowchart'
expect 0 reprise lineage impact raw.csv --limit 2
says "$err" 'more than the 2 nodes'
expect 2 reprise lineage impact raw.csv --format nonsense
expect 3 reprise lineage impact unknown

# An empty file that a run leaves behind has nothing to do with the other empty files.
: >empty.py
git add empty.py
git commit -q -m Empty
reprise run -n marks -o done -- sh -c ': >done' 2>/dev/null
reprise run -n plain -o plain.txt -- sh -c 'echo plain >plain.txt' 2>/dev/null
marks=$(id_of marks) plain=$(id_of plain)
expect 0 reprise lineage down marks --json
ids=$(json '" ".join(n["id"] for n in d["nodes"])' <<<"$out")
says "$ids" "$marks"
says "$ids" sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
case "$ids" in *"$plain"*) fail "an empty file joins runs: $ids" ;; esac
expect 0 reprise lineage impact marks
says "$out" 'touches 0 runs and 1 artifact'

# An empty store has nothing to tell, and says so.
mkdir ../empty
(cd ../empty && reprise init >/dev/null)
expect 3 reprise --store ../empty lineage impact "$commit"
expect 3 reprise --store ../empty lineage path raw.csv model.bin
expect 3 reprise --store ../nowhere lineage path raw.csv model.bin
