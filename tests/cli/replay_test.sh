# Restoring and running again.
. "$(dirname "$0")/lib.sh"
mkdir ../tmp && export TMPDIR=$work/tmp

git init -q . && git config user.email t@example.org && git config user.name t
printf 'build/\n' >.gitignore
printf '#!/bin/sh\nmkdir -p out\nsort data.txt | head -n "$1" >out/result.txt\n' >train.sh
chmod +x train.sh
printf 'c\na\nb\n' >data.txt
git add -A && git commit -qm one
reprise init >/dev/null
git status --porcelain | grep -q . && fail "the store shows up in git status"
reprise run -n base -p n=2 -i data.txt -o out/result.txt -- ./train.sh '{n}' 2>/dev/null
expect 0 reprise show base --json
is "$(git rev-parse HEAD)" "$(json 'd["run"]["code"]["commit"]' <<<"$out")"
is false "$(json 'd["run"]["code"]["dirty"]' <<<"$out")"

# The code of a dirty tree comes back as it was.
printf '# changed\n' >>train.sh
printf 'new\n' >untracked.py
expect 0 reprise run -n dirty -p n=1 -i data.txt -o out/result.txt -- ./train.sh '{n}'
expect 0 reprise show dirty --json
is true "$(json 'd["run"]["code"]["dirty"]' <<<"$out")"
expect 0 reprise restore dirty ../restored
cmp train.sh ../restored/train.sh
cmp untracked.py ../restored/untracked.py
cmp data.txt ../restored/data.txt
[ -x ../restored/train.sh ] || fail "the executable bit is lost"
expect 2 reprise restore dirty ../restored
expect 0 reprise restore base ../code --only code
[ ! -e ../code/data.txt ] || fail "an input was restored as code"
cmp <(git show HEAD:train.sh) ../code/train.sh
expect 2 reprise restore base ../x --only nonsense
is "$(reprise cat base:out/result.txt)" "$(reprise cat base:./out//result.txt)"
expect 3 reprise cat base:../out/result.txt
expect 3 reprise cat base:out/../out/result.txt
expect 0 reprise restore base:out/result.txt ../result.txt
is 'a b' "$(tr '\n' ' ' <../result.txt | sed 's/ $//')"

# Deterministic: identical, whatever lies in the project today.
rm -rf out && printf 'z\n' >data.txt
expect 0 reprise rerun base --on-host --json
is identical "$(json 'd["verdict"]["result"]' <<<"$out")"
base=$(reprise show base --json)
is "$(json 'd["run"]["id"]' <<<"$base")" "$(json 'd["run"]["reproduces"]' <<<"$out")"
is "$(json 'd["run"]["recipe"]' <<<"$base")" "$(json 'd["run"]["recipe"]' <<<"$out")"
# In a sandbox made of what was captured alone, and by the same recipe.
expect 0 reprise rerun base --json
is identical "$(json 'd["verdict"]["result"]' <<<"$out")"
is "$(json 'd["run"]["recipe"]' <<<"$base")" "$(json 'd["run"]["recipe"]' <<<"$out")"
rerun=$(json 'd["run"]["id"]' <<<"$out")
is "$rerun" "$(reprise show base --json | json '" ".join(d["proven_by"])')"
says "$(reprise show base)" "proven      by rerun $rerun"

# Random: diverged.
reprise run -n random -o r -- sh -c 'od -N8 -tx1 /dev/urandom >r' 2>/dev/null
expect 1 reprise rerun random --on-host --json
is diverged "$(json 'd["verdict"]["result"]' <<<"$out")"
is differs "$(json 'd["verdict"]["outputs"][0]["state"]' <<<"$out")"
diverged=$(json 'd["run"]["id"]' <<<"$out")
is text "$(json 'd["verdict"]["outputs"][0]["difference"]["kind"]' <<<"$out")"
expect 1 reprise rerun random --on-host
says "$out" $'\n    text: line 1: '

# Who looks at either of them later sees that, too.
expect 0 reprise show "$diverged"
says "$out" "rerun of    $(reprise show random --json | json 'd["run"]["id"]'): diverged"
expect 0 reprise show random
says "$out" "diverged  $diverged"
expect 0 reprise show random --json
is diverged "$(json 'd["verdicts"][0]["result"]' <<<"$out")"
is "$diverged" "$(json '" ".join(d["verdicts"][0]["reruns"])' <<<"$out")"
expect 0 reprise lineage up "$diverged"
says "$out" "rerun of"
expect 1 reprise rerun random --on-host --times 2 --json
is diverged "$(json 'd["verdict"]["result"]' <<<"$out")"
is true "$(json 'd["verdict"]["outputs"][0]["varies"]' <<<"$out")"
is 2 "$(json 'len(d["reruns"])' <<<"$out")"
is "$(json 'd["run"]["id"]' <<<"$out")" "$(json 'd["reruns"][1]' <<<"$out")"
expect 0 reprise rerun base --on-host --times 2
says "$out" "verdict: identical"
says "$out" "output out/result.txt: identical"
says "$out" "environment: as captured"
for times in 0 -1 x 2x 1001 99999999999; do
  expect 2 reprise rerun base --on-host "--times=$times"
done
expect 2 reprise rerun base --on-host --times 2 --set n=1
says "$err" "--times"
reprise run -n quiet -- echo same 2>/dev/null >/dev/null
expect 0 reprise rerun quiet --on-host

# Retraining.
expect 0 reprise rerun base --on-host --set n=1 --json
is 1 "$(json 'd["run"]["params"]["n"]' <<<"$out")"
is "$(reprise show base --json | json 'd["run"]["id"]')" \
  "$(json 'd["run"]["derived_from"]' <<<"$out")"
is null "$(json 'd["run"]["reproduces"]' <<<"$out")"
is null "$(json 'd.get("verdict")' <<<"$out")"
reprise run -n picky -o r -- sh -c 'echo "$REPRISE_PARAM_CODE" >r; exit ${REPRISE_PARAM_CODE:-0}' \
  2>/dev/null
expect 3 reprise rerun picky --on-host --set CODE=3
expect 0 reprise rerun base --on-host --input data.txt=data.txt --json
is "z" "$(reprise cat @last:out/result.txt)"
expect 2 reprise rerun base --on-host --set nonsense=1
says "$err" "change nothing"
expect 2 reprise rerun base --on-host --set n=x
expect 2 reprise rerun base --on-host --set N=1
says "$err" "the variable of the run's parameter 'n'"
expect 3 reprise rerun base --on-host --input data.txt=missing
expect 2 reprise rerun base --on-host --input other=data.txt
expect 2 reprise rerun base --on-host --input data.txt=
mkfifo ../fifo
expect 2 reprise rerun base --on-host --input data.txt=../fifo
says "$err" "is a socket, device or FIFO"
expect 2 reprise rerun base --on-host --input data.txt=/dev/null
expect 2 reprise rerun base --on-host --input data.txt=..
says "$err" "is a folder"
mkdir folder && echo 1 >folder/f
reprise run -n folder -i folder -- true 2>/dev/null
expect 2 reprise rerun folder --on-host --input folder=data.txt
says "$err" "'folder' is a folder, and"
expect 0 reprise rerun folder --on-host --input folder=../code
expect 2 reprise rerun base --on-host --tolerance nonsense
# A tolerance that can serve nothing is refused before anything is laid out.
expect 2 reprise rerun base --on-host --tolerance auc=1% --keep ../kept
says "$err" "has no metric 'auc'"
[ ! -e ../kept ] || fail "something was laid out"

# What was run is in the temporary folder no more, or in the one that was asked for.
is '' "$(ls ../tmp)"
expect 0 reprise rerun base --on-host --keep ../kept
is 'a b' "$(tr '\n' ' ' <../kept/out/result.txt | sed 's/ $//')"
expect 2 reprise rerun base --on-host --keep ../kept
[ -e ../kept/out/result.txt ] || fail "a folder that was there is removed"
[ ! -e ../kept/.reprise-new ] || fail "the claim is left"
expect 0 reprise rerun base --on-host --keep ../several --times 2
is '1 2' "$(ls ../several | xargs)"

# Of several at once one gets the folder, and the others leave it alone.
reprise run -n slow -i data.txt -o kept.txt -- sh -c 'sleep 0.3; cp data.txt kept.txt' 2>/dev/null
for i in 1 2 3 4; do
  (got=0; reprise rerun slow --on-host --keep ../shared >/dev/null 2>&1 || got=$?
   echo "$got" >"../status.$i") &
done
wait
is '0 2 2 2' "$(sort ../status.? | xargs)"
cmp data.txt ../shared/kept.txt

# A command that cannot be started.
printf '#!/bin/sh\necho x >r\n' >../tool && chmod +x ../tool
reprise run -n tool -o r -- ../tool 2>/dev/null
rm ../tool
expect 1 reprise rerun tool --on-host --json
is incomplete "$(json 'd["verdict"]["result"]' <<<"$out")"
is null "$(json 'd["run"]' <<<"$out")"
says "$(json 'd["verdict"]["missing"][0]' <<<"$out")" "cannot run"
expect 1 reprise rerun tool --on-host --keep ../unstarted
[ ! -e ../unstarted ] || fail "the folder of a command that was not started is kept"
expect 1 reprise rerun tool --on-host --keep ../unstarted --times 2
[ ! -e ../unstarted ] || fail "the folder of reruns that were not started is kept"

# An input from outside that is gone makes the verdict incomplete.
printf 'outside\n' >../outside.txt
reprise run -n outside -i ../outside.txt -o copy -- cp ../outside.txt copy 2>/dev/null
printf 'changed\n' >../outside.txt
expect 1 reprise rerun outside --on-host --json
says "$(json 'd["verdict"]["missing"][0]' <<<"$out")" "is not what it was"
is incomplete "$(json 'd["verdict"]["result"]' <<<"$out")"

# A file of a run keeps its executable bit.
expect 0 reprise run -n maker -o made -- sh -c 'echo "#!/bin/sh" >made; chmod +x made'
expect 0 reprise restore maker:made ../made
[ -x ../made ] || fail "the executable bit is lost"

# Standard input: what there is of it is not recorded, which is said, and a rerun has none.
expect 0 reprise run -n told -o told -- sh -c 'cat >told' < <(echo hello)
says "$err" "standard input is not recorded"
expect 0 reprise run --quiet -o told -- sh -c 'cat >told' < <(echo hello)
is '' "$err"
says "$(reprise show @last)" "standard input is not recorded"
expect 1 reprise rerun told --on-host
says "$out" "standard input: the original was given some"
says "$(reprise show told)" "standard input is not recorded"
expect 0 reprise run -n untold -o told -- sh -c 'cat >told' <../made
says "$err" "standard input is not recorded"
for input in /dev/null empty; do
  : >empty
  expect 0 reprise run -o told -- sh -c 'cat >told' <"$input"
  case "$err" in *"standard input"*) fail "nothing in $input was warned of" ;; esac
done
expect 0 reprise rerun @last --on-host < <(echo hello)
says "$out" "verdict: identical"
# It is on the disk as soon as there is some: a recorder that is killed has said it.
mkfifo ../late
exec 9<>../late
"$REPRISE" run -n late -- sh -c 'touch started; until [ -e over ]; do sleep 0.1; done' \
  <../late 2>/dev/null &
recorder=$!
until [ -e started ]; do sleep 0.1; done
echo late >&9
sleep 1
kill -KILL "$recorder"
wait "$recorder" || true
touch over
while [ "$(reprise show late --json | json 'd["run"]["status"]')" = running ]; do sleep 0.1; done
exec 9>&-
says "$(reprise show late)" "standard input is not recorded"
rm started over

# Of a number the command gets what was typed, again and again; what is compared is the number.
typed=(-p v=1.10 -p commit=12345e3 -p zip=01234 -p plus=+5 -p third=0.33333333333333333333
  -p max_tokens=1e3)
words='{v} {commit} {zip} {plus} {third} {max_tokens}'
texts='1.10 12345e3 01234 +5 0.33333333333333333333 1e3'
is "$texts $texts" "$(reprise run -n typed "${typed[@]}" -- sh -c 'echo "$0" $REPRISE_PARAM_V \
  $REPRISE_PARAM_COMMIT $REPRISE_PARAM_ZIP $REPRISE_PARAM_PLUS $REPRISE_PARAM_THIRD \
  $REPRISE_PARAM_MAX_TOKENS' "$words" 2>/dev/null)"
expect 0 reprise rerun typed --on-host
says "$out" "verdict: identical"
says "$out" "environment: as captured"
is "$texts $texts" "$(reprise log @last)"
is "$(reprise show typed --json | json 'd["run"]["recipe"]')" \
  "$(reprise show @last --json | json 'd["run"]["recipe"]')"
expect 0 reprise show typed --json
is '1.1 1234' "$(json '"%s %s" % (d["run"]["params"]["v"], d["run"]["params"]["zip"])' <<<"$out")"
says "$(reprise runs --where 'params.v = 1.1 and params.zip < 1235')" typed
says "$(reprise show typed | tr -s ' ')" "zip 01234 int"
expect 0 reprise rerun typed --on-host --set zip=00007 --set v=2
is "2 12345e3 00007 +5 0.33333333333333333333 1e3" "$(reprise log @last | cut -d' ' -f1-6)"
is "2 12345e3 00007 +5 0.33333333333333333333 1e3" "$(reprise log @last | cut -d' ' -f7-12)"
