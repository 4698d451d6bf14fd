# A rerun stays in its folder, whatever the command names by its absolute path.
. "$(dirname "$0")/lib.sh"
mkdir ../tmp && export TMPDIR=$work/tmp

reprise init >/dev/null
project=$PWD
edit() { printf 'echo v1 >o; echo EDITED CODE RAN\n' >train.sh; }
restore() { printf 'echo v1 >o\n' >train.sh; }

# The code that is recorded runs, and not that of today.
restore
reprise run -n orig -o o -- sh "$project/train.sh" 2>/dev/null
edit
expect 0 reprise rerun orig --on-host
says "$out" "verdict: identical"
case "$out$err" in *EDITED*) fail "today's code ran" ;; esac
says "$err" "in place of those of '$project'"
expect 0 reprise show orig --json
recipe=$(json 'd["run"]["recipe"]' <<<"$out")
expect 0 reprise show @last --json
is "$recipe" "$(json 'd["run"]["recipe"]' <<<"$out")"
says "$(json '" ".join(d["run"]["warnings"])' <<<"$out")" "in place of those of '$project'"
is "sh $project/train.sh" "$(json '" ".join(d["run"]["command"])' <<<"$out")"

# A rerun of a rerun, and a copy of the project, know what the recorded text means.
expect 0 reprise rerun @last --on-host
case "$out$err" in *EDITED*) fail "today's code ran" ;; esac
cp -r "$project" ../copy
(cd ../copy && expect 0 reprise rerun orig --on-host && says "$out" "verdict: identical" &&
  case "$out$err" in *EDITED*) fail "the code of the first project ran" ;; esac)

# However the project is named.
ln -s "$project" ../alias
ln -s "$project" ../"an other"
mkdir x
for script in "$work/./alias/train.sh" "$project//train.sh" "$project/x/../train.sh" \
  "$work/copy/../project/train.sh" "$work/an other/train.sh"; do
  restore
  reprise run -o o -- sh "$script" 2>/dev/null
  edit
  expect 0 reprise rerun @last --on-host
  says "$out" "verdict: identical"
  case "$out$err" in *EDITED*) fail "today's code ran by $script" ;; esac
done
restore
reprise run -n by-variable -o o -- HERE="$project" sh -c '. "$HERE/train.sh"' 2>/dev/null
reprise run -n by-param -p script="$project/train.sh" -o o -- sh '{script}' 2>/dev/null
reprise run -n by-param-variable -p script="$project/train.sh" -o o -- \
  sh -c '. "$REPRISE_PARAM_SCRIPT"' 2>/dev/null
reprise run -n by-pwd -o o -- sh -c 'python3 -c "import os
os.execlp(\"sh\", \"sh\", os.environ[\"PWD\"] + \"/train.sh\")"' 2>/dev/null
mkdir bin && printf '#!/bin/sh\n. ./train.sh\n' >bin/train && chmod +x bin/train
PATH=$project/bin:$PATH reprise run -n by-path -o o -- train 2>/dev/null
printf '#!/bin/sh\necho EDITED\n. ./train.sh\n' >bin/train
edit
for run in by-variable by-param by-param-variable by-pwd by-path; do
  export OLD_PATH=$PATH PATH=$project/bin:$PATH
  expect 0 reprise rerun $run --on-host
  PATH=$OLD_PATH
  says "$out" "verdict: identical"
  case "$out$err" in *EDITED*) fail "today's code ran $run" ;; esac
done
is '"'"$project"'/train.sh"' \
  "$(reprise show by-param --json | json 'json.dumps(d["run"]["params"]["script"])')"

# A path that is another one stays.
mkdir ../project2 && echo there >../project2/f
reprise run -n beside -o o -- cp "$work/project2/f" o 2>/dev/null
expect 0 reprise rerun beside --on-host
case "$err" in *"in place of"*) fail "a path of another folder was led away" ;; esac

# What it writes is not the user's.
echo in >in.txt
reprise run -n a -i in.txt -o out.txt -- sh -c "cat $project/in.txt >$project/out.txt" 2>/dev/null
echo mine >out.txt
expect 0 reprise rerun a --on-host
says "$out" "verdict: identical"
is mine "$(cat out.txt)"

# The other data is read.
reprise run -n b -i in.txt -o o2 -- cp "$project/in.txt" o2 2>/dev/null
echo new >../new.txt
expect 0 reprise rerun b --on-host --input in.txt=../new.txt
is new "$(reprise cat @last:o2)"

# Links that name the project absolutely.
ln -s "$project/out.txt" link
reprise run -n linked -o o -- sh -c 'echo v1 >o; echo written >link' 2>/dev/null
echo mine >out.txt
expect 0 reprise rerun linked --on-host
is mine "$(cat out.txt)"
rm link

# What only a shell puts together is refused, where it is seen.
restore
reprise run -n quoted -o o -- sh -c "sh $work/pro\"ject\"/train.sh" 2>/dev/null
HOME=$work reprise run -n home -o o -- sh -c 'sh $HOME/project/train.sh' 2>/dev/null
reprise run -n beside-it -o o -- sh ../project/train.sh 2>/dev/null
edit
expect 1 reprise rerun quoted --on-host
says "$out" "verdict: incomplete"
says "$out" "leads into the project"
HOME=$work expect 1 reprise rerun home --on-host
says "$out" "verdict: incomplete"
expect 1 reprise rerun beside-it --on-host --keep ../kept
says "$out" "verdict: incomplete"
mkdir "../with space"
TMPDIR="$work/with space" expect 1 reprise rerun a --on-host
says "$out" "cannot stand without quotes"
TMPDIR="$work/with space" expect 0 reprise rerun orig --on-host

# What a file says cannot be led away: somebody is told.
echo "$project/in.txt" >config
reprise run -n config -o o -- sh -c 'cat "$(cat config)" >o' 2>/dev/null
expect 0 reprise rerun config --on-host
says "$err" "'config' holds the project's absolute path"
says "$out" "not covered: 'config' holds the project's absolute path"

# A link to the project that the text goes on after.
mkdir -p data && echo d1 >data/d
ln -s "$project/data" ../dlink
restore
printf 'cat "$2/d"\n' >read.sh
reprise run -n dlink -i data -o o -- sh -c "sh read.sh --data $work/dlink >o" 2>/dev/null
reprise run -n cd -o o -- sh -c "cd $work/alias && sh train.sh" 2>/dev/null
echo EDITED >data/d
edit
for run in dlink cd; do
  expect 0 reprise rerun $run --on-host
  says "$out" "verdict: identical"
  case "$out$err" in *EDITED*) fail "$run met today's project" ;; esac
done
expect 0 reprise cat @last:o
is v1 "$out"

# A path that may be of another machine is never changed.
reprise run -n remote -o o -- sh -c 'echo "$0" >o' "host:$project/x" 2>/dev/null
expect 1 reprise rerun remote --on-host
says "$out" "verdict: incomplete"

# A folder with a space, in a script and in a list.
restore
printf 'echo mine >%s\n' "$work/touched" >"$work/with"
chmod +x train.sh "$work/with"
reprise run -n script -o o -- sh -c "$project/train.sh" 2>/dev/null
TMPDIR="$work/with space" expect 1 reprise rerun script --on-host
says "$out" "cannot stand without quotes"
[ ! -e "$work/touched" ] || fail "a file beside the folder ran"
TMPDIR="$work/with space" expect 1 reprise rerun by-variable --on-host
says "$out" "cannot stand without quotes"
PATH=$project/bin:$PATH TMPDIR="$work/with space" expect 0 reprise rerun by-path --on-host
mkdir "../with:colon"
PATH=$project/bin:$PATH TMPDIR="$work/with:colon" expect 1 reprise rerun by-path --on-host
says "$out" "without a colon"

# Links in an input that name the project: they read and write in the rerun's folder.
rm -rf data config && mkdir -p data raw && echo v1 >raw/a
ln -s "$project/raw/a" data/a
ln -s "$project/raw/a" data/b
reprise run -n in-data -i data -i raw -o o -- sh -c 'cat data/a data/b >o; echo w >data/a' \
  2>/dev/null
echo mine >raw/a
expect 0 reprise rerun in-data --on-host
says "$out" "verdict: identical"
says "$err" "2 links, the first 'data/a', led into the project"
is mine "$(cat raw/a)"
mkdir ../new && echo new >../new/a
expect 0 reprise rerun in-data --on-host --input raw=../new
is "$(printf 'new\nnew')" "$(reprise cat @last:o)"
is "mine new" "$(cat raw/a ../new/a | xargs)"
expect 0 reprise rerun in-data --on-host
case "$out" in *"not covered"*) fail "there is nothing to tell of" ;; esac
rm -rf data raw

# An input that holds the project's path: the verdict says what it does not cover.
mkdir cfg
restore
echo "$project/train.sh" >cfg/which
reprise run -n cfg -i cfg -o o -- sh -c 'sh "$(cat cfg/which)"' 2>/dev/null
edit
expect 0 reprise rerun cfg --on-host
says "$out" "verdict: identical"
says "$out" "not covered: 'cfg/which' holds the project's absolute path"
expect 0 reprise rerun cfg --on-host --json
says "$(json '" ".join(d["verdict"]["outside_reads"])' <<<"$out")" "'cfg/which' holds"
rm -rf cfg

# A virtual environment that git ignores is the host's.
git init -q . && printf 'venv/\n' >.gitignore && mkdir -p venv/bin
printf '#!/bin/sh\nexec sh "$@"\n' >../tool && chmod +x ../tool
ln -s ../../../tool venv/bin/python
restore
reprise run -n venv -o o -- "$project/venv/bin/python" train.sh 2>/dev/null
PATH=$project/venv/bin:$PATH reprise run -n active -o o -- python train.sh 2>/dev/null
edit
export OLD_PATH=$PATH PATH=$project/venv/bin:$PATH
for run in venv active; do
  expect 0 reprise rerun $run --on-host
  says "$out" "verdict: identical"
  says "$err" "used what lies there today"
  says "$out" "not covered: "
done
PATH=$OLD_PATH
is '' "$(ls ../tmp)"
