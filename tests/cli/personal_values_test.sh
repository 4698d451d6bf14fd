# Values of columns that are personal data: in no verdict, nor in a bundle that is made since.
. "$(dirname "$0")/lib.sh"

git init -q . && git config user.email t@example.org && git config user.name t
reprise init >/dev/null
printf 'id,email\n1,ann@x.org\n2,bob@x.org\n' >people.csv
# Writes other addresses each time.
cat >train.sh <<'SH'
#!/bin/sh
mkdir -p out
r=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
printf 'id,email,age\n1,ann%s@x.org,3\n' "$r" >out/table.csv
printf '{"who": "ann%s@x.org"}\n' "$r" >out/who.json
printf 'saw ann%s@x.org\n' "$r" >out/log.txt
SH
chmod +x train.sh
printf 'out/\n' >.gitignore
git add -A && git commit -qm one
train=(-i people.csv -o out -- ./train.sh)

tells_none() {
  if grep -rqa '@x\.org' "$@"; then fail "personal values are in $(grep -rla '@x\.org' "$@")"; fi
}
both_verify() {  # FOLDER
  expect 0 python3 -B "$1/verify.py" "$1"
  cp "$work/out" "$work/by_script"
  expect 0 reprise audit verify "$1"
  cmp "$work/out" "$work/by_script"
}

# Before anybody tags the column, a verdict tells them.
reprise run -n early "${train[@]}" 2>/dev/null
expect 1 reprise rerun early --on-host
says "$out" "@x.org"
expect 0 reprise audit export early -o ../early
grep -rqa '@x\.org' ../early/report.json || fail 'the verdict tells nothing'
both_verify ../early

# Whoever leaves out what data holds leaves out that verdict, too, and says so.
expect 0 reprise audit export early -o ../early_redacted --redact
tells_none ../early_redacted
both_verify ../early_redacted
says "$out" 'verdict, redacted (1)'
is null "$(json 'd["verdicts"][0]["verdict"]' <../early_redacted/report.json)"
grep -q 'that the run was reproduced: 0, of which the verdict was left out: 1' \
  ../early_redacted/report/report.html || fail 'the page says nothing of the verdict'

# By a tag of today it is left out of every bundle, as is the profile that was made before.
printf '[columns]\n"people.csv#email" = ["pii"]\n' >reprise.toml
expect 0 reprise audit export early -o ../tagged
tells_none ../tagged
both_verify ../tagged
says "$out" 'profile, redacted (1), verdict, redacted (1)'
expect 0 reprise audit export early -o ../tagged.html --format html
tells_none ../tagged.html

# What is compared since tells none, of whatever kind of content.
expect 1 reprise rerun early --on-host
says "$out" 'the values are not told'
tells_none "$work/out"
expect 1 reprise rerun early --on-host --json
tells_none "$work/out"
git add -A && git commit -qm tags
for output in out/table.csv out/who.json out/log.txt; do
  name=$(basename "$output" | tr . -)
  reprise run -n "$name" -i people.csv -o "$output" -- ./train.sh 2>/dev/null
  rm reprise.toml # What the run's own code says goes on to hold.
  expect 1 reprise rerun "$name" --on-host --json
  git checkout -q reprise.toml
  tells_none "$work/out"
  is differs "$(json 'd["verdict"]["outputs"][0]["state"]' <<<"$out")"
  is diverged "$(json 'd["verdict"]["result"]' <<<"$out")"
  expect 0 reprise audit export "$name" -o "../of_$name"
  is diverged "$(json 'd["verdicts"][0]["verdict"]["result"]' <"../of_$name/report.json")"
  tells_none "../of_$name"
  both_verify "../of_$name"
  expect 0 reprise audit export "$name" -o "../redacted_$name" --redact
  is diverged "$(json 'd["verdicts"][0]["verdict"]["result"]' <"../redacted_$name/report.json")"
done

# Cells pass as names of columns where there is no header, and people as members of JSON.
cat >first.sh <<'SH'
#!/bin/sh
mkdir -p out
r=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
printf 'ann%s@x.org,London\nbob@x.org,Rome\n' "$r" >out/bare.csv
printf '{"ann%s@x.org": {"score": 1}}\n' "$r" >out/keyed.json
SH
chmod +x first.sh
printf 'ann@x.org,London\nbob@x.org,Rome\n' >bare.csv
git add -A && git commit -qm first
for output in out/bare.csv out/keyed.json; do
  name=$(basename "$output" | tr . -)
  reprise run -n "$name" -i bare.csv -o "$output" -- ./first.sh 2>/dev/null
  expect 1 reprise rerun "$name" --on-host --json
  tells_none "$work/out"
  is differs "$(json 'd["verdict"]["outputs"][0]["state"]' <<<"$out")"
  expect 0 reprise audit export "$name" -o "../first_$name" --redact
  is diverged "$(json 'd["verdicts"][0]["verdict"]["result"]' <"../first_$name/report.json")"
  tells_none "../first_$name"
  both_verify "../first_$name"
done
# Nor are columns told to tools that read the lineage, which a bundle has otherwise.
grep -q '"schema":' ../early/openlineage/events.jsonl || fail 'no columns are known'
if grep -q '"schema":' ../first_bare-csv/openlineage/events.jsonl; then
  fail 'the columns of profiles are told'
fi

# Before a tag such verdicts tell them, and are left out of what is redacted.
rm reprise.toml && git add -A && git commit -qm untagged
for output in out/bare.csv out/keyed.json; do
  name=untagged-$(basename "$output" | tr . -)
  reprise run -n "$name" -i bare.csv -o "$output" -- ./first.sh 2>/dev/null
  expect 1 reprise rerun "$name" --on-host --json
  says "$out" '@x.org'
  expect 0 reprise audit export "$name" -o "../$name" --redact
  is null "$(json 'd["verdicts"][0]["verdict"]' <"../$name/report.json")"
  tells_none "../$name"
  both_verify "../$name"
done
git checkout -q HEAD~ -- reprise.toml

# One that is malformed is refused before the work.
printf '[columns\n' >reprise.toml
expect 2 reprise rerun early --on-host
says "$err" 'reprise.toml'
expect 2 reprise audit export early -o ../none
says "$err" 'reprise.toml'
[ ! -e ../none ] || fail 'a bundle was begun'
