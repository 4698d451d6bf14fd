# What a redacted bundle leaves out may be in it as something else.
. "$(dirname "$0")/lib.sh"

git init -q . && git config user.email t@example.org && git config user.name t
reprise init >/dev/null
echo m >model.bin && echo one >train.py
git add -A && git commit -qm one
echo two >>train.py
reprise run -n train --capture declared -o out.bin -- cp model.bin out.bin 2>/dev/null
reprise model register scorecard train 2>/dev/null
reprise audit export train -o ../before >/dev/null 2>&1

# Evidence that is the patch of the uncommitted code, and evidence that is a document of the run.
patch=$(echo ../before/documents/*.patch)
[ -e "$patch" ] || fail "there is no patch"
recipe=../before/documents/$(reprise show train --json | json 'd["run"]["recipe"][7:]').json
cp "$patch" patch.txt && cp "$recipe" recipe.txt
reprise evidence add scorecard@1 --kind validation patch.txt 2>/dev/null
reprise evidence add scorecard@1 --kind validation recipe.txt 2>/dev/null

verifies() {  # FOLDER
  expect 0 python3 -B "$1/verify.py" "$1"
  cp "$work/out" "$work/by_script"
  expect 0 reprise audit verify "$1"
  cmp "$work/out" "$work/by_script"
}
for redact in '' --redact; do
  # shellcheck disable=SC2086
  expect 0 reprise audit export scorecard@1 -o "../bundle$redact" $redact
  verifies "../bundle$redact"
done
says "$out" '3 things were left out'
says "$out" 'evidence, redacted (2), patch, redacted (1)'
[ ! -e "../bundle--redact/documents/$(basename "$patch")" ] || fail 'the patch is there'
[ ! -e "../bundle--redact/evidence" ] || fail 'evidence is there'
[ -e "../bundle--redact/documents/$(basename "$recipe")" ] || fail 'the recipe is not there'
