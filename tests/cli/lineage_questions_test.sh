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
is '[2, true]' "$(json '[len(d["nodes"]), d["truncated"]]' <<<"$out")"
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

# What only runs made that the filters leave out is not touched.
expect 0 reprise lineage impact raw.csv --where 'name = prepare' --json
is '[1, 1]' "$(json '[d["counts"]["run"], d["counts"]["artifact"]]' <<<"$out")"
expect 0 reprise lineage impact raw.csv --where 'name = prepare'
says "$out" 'raw.csv touches 1 run and 1 artifact'
expect 0 reprise lineage impact raw.csv --kind run
says "$out" 'raw.csv touches 3 runs'
case "$out" in *artifact*) fail "artifacts are not of that kind: $out" ;; esac

# The limit counts what was asked about.
for limit in 1 2 3; do
  expect 0 reprise lineage down raw.csv --limit "$limit" --json
  is "$limit" "$(json 'len(d["nodes"])' <<<"$out")"
done

# Commits are code, and may be asked for alone.
expect 0 reprise lineage up train --kind commit --json
is "[\"commit:$commit\"]" "$(json '[n["id"] for n in d["nodes"][1:]]' <<<"$out")"

# A package of the environment leads to the runs with it, and is one of their libraries.
mkdir -p site/frobnicate-1.24.2.dist-info
python=$(python3 -c "import sys; print(sys.executable)")  # Not a script in its place.
PYTHONPATH=$PWD/site reprise run -n packaged -- "$python" -c 'print()' >/dev/null 2>&1
packaged=$(id_of packaged)
for ref in frobnicate==1.24.2 Frobnicate==1.24.2 pkg:pypi/frobnicate@1.24.2; do
  expect 0 reprise lineage down "$ref" --kind run --json
  is "[\"$packaged\"]" "$(json '[n["id"] for n in d["nodes"][1:]]' <<<"$out")"
  expect 0 reprise whence "$ref"
  says "$out" "$packaged"
done
expect 0 reprise whence frobnicate==1.24.2 --json
is '["pkg:pypi/frobnicate@1.24.2", null, 1]' \
  "$(json '[d["package"], d["artifact"], len(d["part_of"])]' <<<"$out")"
expect 0 reprise lineage up packaged --kind library
says "$out" 'frobnicate 1.24.2'
expect 3 reprise lineage down frobnicate==9
expect 3 reprise whence pkg:pypi/frobnicate@9

# Columns: every question takes them, or says why not.
printf 'id,age\n1,30\n2,40\n3,50\n' >people.csv
reprise run -n score -i people.csv -o scores.csv -- \
  sh -c 'sed "s/^id/number/" people.csv >scores.csv' 2>/dev/null
expect 0 reprise lineage path people.csv#age scores.csv#age
says "$out" 'people.csv#age led to scores.csv#age by 1 step'
expect 0 reprise lineage path scores.csv people.csv#age --json
is '["backward", 1, 1]' "$(json '[d["direction"], d["length"], len(d["ways"][0])]' <<<"$out")"
expect 0 reprise lineage path people.csv scores.csv#age --json
is '["forward", 1]' "$(json '[d["direction"], d["length"]]' <<<"$out")"
expect 1 reprise lineage path people.csv#id scores.csv#age
expect 2 reprise lineage path people.csv#age score
says "$err" 'columns lead to columns'
expect 2 reprise lineage path people.csv#age scores.csv#age --all
expect 3 reprise lineage path people.csv#height scores.csv#age
reprise model register scores scores.csv >/dev/null 2>&1
expect 0 reprise lineage impact people.csv#age
says "$out" 'people.csv#age touches 1 column, in 1 run and 1 artifact'
says "$out" 'scores@1'
expect 0 reprise lineage impact people.csv#age --json
is '[1, 1, "scores"]' \
  "$(json '[d["counts"]["run"], d["counts"]["artifact"], d["models"][0]["name"]]' <<<"$out")"
for question in 'lineage down' 'lineage up' 'lineage impact'; do
  for filter in '--kind run' '--since 7d'; do
    # shellcheck disable=SC2086  # Two words each.
    expect 2 reprise $question people.csv#age $filter
    says "$err" 'cannot be used with FILE#COLUMN'
  done
done
expect 0 reprise lineage down people.csv#age --limit 1 --json
is 1 "$(json 'len(d["nodes"])' <<<"$out")"
expect 2 reprise whence people.csv#age
says "$err" 'reprise lineage up'

# A file in a registered folder is part of the model, which the folder was registered as.
mkdir -p parts
reprise run -n parts -o parts -- \
  sh -c 'echo weights >parts/w.bin; echo words >parts/v.txt' 2>/dev/null
reprise model register folded parts >/dev/null 2>&1
expect 0 reprise lineage down parts/w.bin
says "$out" 'part of folded@1'
expect 0 reprise lineage down parts
says "$out" 'registered as folded@1'
expect 0 reprise show parts/w.bin
says "$out" 'folded@1'
