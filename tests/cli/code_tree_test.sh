# Which files of the project are part of a run's code, and what `diff` and `impact` make of it.
. "$(dirname "$0")/lib.sh"

export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
git_init() { git init -q . && git config user.email t@example.org && git config user.name t; }
git_init
printf 'cat "$1" >/dev/null; echo "$2" >model\n' >train.sh
printf 'model\n' >.gitignore
printf 'a,b\n1,2\n' >train.csv
printf 'a,b\n3,4\n' >train2.csv
printf 'a,b\n5,6\n' >other.csv
printf 'a word\n' >vocabulary
git add -A && git commit -qm one
reprise init >/dev/null
code_of() { reprise show "$1" --json | json 'd["run"]["code"]["tree"]'; }
files_of() {
  reprise restore "$1" "../$1" --only code >/dev/null 2>&1
  (cd "../$1" && find . -type f | sort | tr '\n' ' ')
}

# Two runs of the same code on two files that git tracks: the code is the same, the inputs differ.
reprise run -n one -i train.csv -o model -- sh train.sh train.csv 1 2>/dev/null
reprise run -n two -i train2.csv -o model -- sh train.sh train2.csv 2 2>/dev/null
is "$(code_of one)" "$(code_of two)"
expect 1 reprise diff one two
case "$out" in *'+ train.csv'* | *'- train2.csv'*) fail "data is told as code: $out" ;; esac
expect 0 reprise lineage impact train.csv --json
is 1 "$(json 'd["counts"]["run"]' <<<"$out")"
expect 0 reprise lineage down other.csv --kind run --json
is 1 "$(json 'len(d["nodes"])' <<<"$out")"

# What the run did read without anybody naming it stays: git knows it, so that it is code.
reprise run -n reader -o model -- sh train.sh vocabulary 3 2>/dev/null
says "$(files_of reader)" './vocabulary'
case $(files_of reader) in *csv*) fail "data of other runs: $(files_of reader)" ;; esac
expect 0 reprise lineage down vocabulary --kind run --json
is 2 "$(json 'len(d["nodes"])' <<<"$out")"
# What a run named as its input is data to later runs: their input where they read it.
reprise run -n again -o model -- sh train.sh train.csv 4 2>/dev/null
is '["train.csv"]' "$(reprise show again --json | json '[i["path"] for i in d["run"]["inputs"]]')"
# A script that some run read as its input is code all the same.
reprise run -n lint -i train.sh -- true 2>/dev/null
reprise run -n after -o model -- sh train.sh train.csv 5 2>/dev/null
is "./.gitignore ./train.sh " "$(files_of after)"

# Whatever was read can be restored, and read again in a sandbox.
expect 0 reprise restore again ../all
is 'a,b' "$(head -n1 ../all/train.csv)"
for run in one reader again; do expect 0 reprise rerun "$run"; done

# Without tracing nobody knows what was read: what git knows is kept, but what is data by the
# project's rules, to earlier runs or as a dataset.
printf 'x\n' >unknown.dat
git add unknown.dat
reprise add other.csv --name others >/dev/null 2>&1
printf '[[files]]\npattern = "*.tsv"\nclass = "data"\n' >reprise.toml
printf 'x\n' >rows.tsv
git add rows.tsv
reprise run -n told --capture declared -- true 2>/dev/null
is './.gitignore ./reprise.toml ./train.sh ./unknown.dat ./vocabulary ' "$(files_of told)"

# Data that somebody else changes while a run goes on is what it was at the start, and the patch
# holds nothing of it.
printf 'a,b\n7,7\n' >fresh.csv
git add fresh.csv
cat >slow.sh <<'SLOW'
cat fresh.csv >/dev/null
touch ../ready
while [ ! -e ../go ]; do sleep 0.05; done
SLOW
reprise run -n slow -- sh slow.sh 2>/dev/null &
for _ in $(seq 600); do [ ! -e ../ready ] || break; sleep 0.05; done
printf 'a,b\n8,8\n' >fresh.csv
touch ../go
wait
expect 0 reprise show slow --json
is '[true]' "$(json '[u["unstable"] for u in d["run"]["inputs"] if u["path"] == "fresh.csv"]' \
  <<<"$out")"
patch=$(json 'd["run"]["code"]["patch"]' <<<"$out")
is $'a,b\n7,7' "$(reprise cat slow:fresh.csv)"
expect 0 reprise cat "$patch"
says "$out" '# omitted fresh.csv: it is data'
case "$out" in *7,7*) fail "a row is in the patch" ;; esac
expect 0 reprise restore slow ../slow
is $'a,b\n7,7' "$(cat ../slow/fresh.csv)"
rm slow.sh
git rm -qf fresh.csv

# Environments in the project are none of its code, whatever they are called, and nothing that lies
# about untracked without being code.
mkdir -p mine/bin mine/lib/python3.11/site-packages/pkg node_modules/x
printf 'home = /usr/bin\n' >mine/pyvenv.cfg
printf 'x\n' | tee mine/bin/activate.fish mine/lib/python3.11/site-packages/pkg/a.py \
  node_modules/x/index.js notes.dat >later.py
reprise run -n tidy -- true 2>/dev/null
is './.gitignore ./later.py ./reprise.toml ./train.sh ' "$(files_of tidy)"
mkdir ../nogit
cp -r train.sh mine node_modules later.py notes.dat reprise.toml ../nogit
cd ../nogit
reprise init >/dev/null
reprise run -n plain -- true 2>/dev/null
is './later.py ./reprise.toml ./train.sh ' "$(files_of plain)"
