# The report for people: what it says equals the JSON and CSV beside it, it answers requirements,
# and it can be had alone, as HTML and PDF.
. "$(dirname "$0")/lib.sh"
export XDG_CONFIG_HOME=$work/config
here=$(realpath "$(dirname "$0")")
cells() { python3 -B "$here/report_cells.py" "$1"; }

reprise init >/dev/null
cat >reprise.toml <<'T'
[columns]
age = ["protected"]
name = ["pii"]
T
printf 'name,age,income\nAda,36,1000.5\nBob,51,2000\nEve,23,\n' >loans.csv
reprise run -n train -e credit --capture declared -p eta=0.1 -p seed=7 -i loans.csv -o m.bin -- \
  sh -c 'echo m >m.bin' 2>/dev/null
digest=$(sha256sum loans.csv | cut -d' ' -f1)
reprise tag "sha256:$digest" licence=CC-BY-4.0 2>/dev/null
reprise model register scorecard train 2>/dev/null

# A model without anything said of it, and no template.
expect 0 reprise audit export scorecard@1 -o ../bare
expect 0 cells ../bare
page=$(cat ../bare/report/report.html)
says "$page" "No model card is recorded"
says "$page" "No template of requirements was asked for"
says "$page" "No evidence is recorded for it."
[ ! -e ../bare/data/requirements.csv ] || fail "a table of requirements that nobody asked for"

cat >card.toml <<'C'
purpose = "decides on consumer credit"
intended_use = "new customers"
owner = "Retail Risk"
oversight = ["a clerk decides above 5,000 EUR"]

[[decision]]
about = "eta"
choice = "0.1"
reason = "steady <curves>"

[[data]]
path = "loans.csv"
origin = "the bank's own customers"

[[not_applicable]]
requirement = "eu-ai-act-annex-iv 2(h)"
reason = "no network in its place of use"
decided_by = "Head of Risk"
C
cat >groups.json <<'J'
{"type":"reprise/subpopulations/v1","groups":[
 {"column":"age","group":"<25","rows":43,"auc":{"value":0.7196,"low":0.55,"high":0.86},
  "ks":{"value":0.4,"low":null,"high":null},"approval_rate":{"value":0.5,"low":0.35,"high":0.65}},
 {"column":"age","group":"25+","rows":257,"auc":{"value":0.77,"low":0.7,"high":0.83},
  "ks":{"value":0.43,"low":null,"high":null},"approval_rate":{"value":0.71,"low":0.6,"high":0.8}}]}
J
echo '{"type":"reprise/validation/v1","metrics":{"auc":0.7863999999999999,"ks":0.4381}}' >v.json
echo '{"type":"reprise/calibration/v1","bins":[{"predicted":0.1,"observed":0.12,"rows":50},
  {"predicted":0.5,"observed":0.47,"rows":9}]}' >c.json
printf 'feature,gain\nincome,3.5\nage,-1e-07\n' >importance.csv
printf 'all tests <passed>\n' >tests.txt
head -c 100 /dev/zero >blob
evidence() { reprise evidence add scorecard@1 --kind "$1" "$2" 2>/dev/null; }
evidence model_card card.toml
evidence subpopulations groups.json
evidence validation v.json
evidence calibration c.json
evidence explainability importance.csv
evidence test_report tests.txt
evidence document blob
reprise key new ada --unencrypted >/dev/null 2>&1
reprise key trust ada --owner ada --name 'Ada Lovelace' --role validator 2>/dev/null
reprise sign scorecard@1 --stage qa --role validator --decision approve --reason 'fine & good' \
  --key ada 2>/dev/null
reprise model promote scorecard@1 --to qa --reason 'to be tried' 2>/dev/null
reprise key new bob --unencrypted >/dev/null 2>&1
reprise key trust bob --owner bob --name 'Bob <B>' --role owner 2>/dev/null
reprise attest scorecard@1 --kind slsa --key ada 2>/dev/null
reprise attest scorecard@1 --kind model-signing --key bob 2>/dev/null
reprise key revoke bob --reason 'lost, alas' 2>/dev/null

expect 2 reprise audit export scorecard@1 -o ../b --requirements eu-ai-act-annex-iv \
  --requirements eu-ai-act-annex-iv
says "$err" "twice"
expect 3 reprise audit export scorecard@1 -o ../b --requirements iso-iec-42002
says "$err" "did you mean iso-iec-42001?"
expect 3 reprise audit export scorecard@1 -o ../b --requirements ./ours.toml
cat >ours.toml <<'T'
version = 1
name = "ours"
title = "Our own rules"
dated = "2026-11-28"
basis = "the handbook"
[[requirement]]
id = "1"
text = "an approval"
facts = ["aprovals"]
T
expect 2 reprise audit export scorecard@1 -o ../b --requirements ours.toml
says "$err" "ours.toml:9: there is no fact 'aprovals'; did you mean approvals?"
sed -i s/aprovals/approvals/ ours.toml
[ ! -e ../b ] || fail "something was written"

expect 0 reprise audit export scorecard@1 -o ../b --requirements eu-ai-act-annex-iv \
  --requirements ours.toml
expect 0 cells ../b
says "$out" "cells of"
expect 0 python3 -I ../b/verify.py ../b
page=$(cat ../b/report/report.html)
model=$(sha256sum <m.bin | cut -d' ' -f1)
for fact in 'decides on consumer credit' 'steady &lt;curves&gt;' 'CC-BY-4.0' 'personal: name' \
  'AUC by group' 'Calibration curve' 'all tests &lt;passed&gt;' 'It is no text' 'Our own rules' \
  'Not applicable, as Head of Risk decided' 'Ada Lovelace' 'fine &amp; good' \
  'single values are withheld' "the bank&#39;s own customers" 'https://slsa.dev/provenance/v1' \
  'Bob &lt;B&gt;' 'its key was revoked (lost, alas)' "sha256:$model"; do
  says "$page" "$fact"
done
is '["slsa", "model-signing"]' "$(python3 -c 'import csv, json
rows = list(csv.DictReader(open("../b/data/attestations.csv", newline="")))
assert json.loads(rows[1]["resources"])[0]["name"] == "m.bin", rows
print(json.dumps([row["kind"] for row in rows]))')"
is '["recorded"]' "$(json '[r["state"] for r in d["requirements"][1]["rows"]]' <../b/report.json)"
is '["not applicable", "Head of Risk"]' \
  "$(json '[[r["state"], r["decided_by"]] for r in d["requirements"][0]["rows"]
            if r["id"] == "2(h)"][0]' <../b/report.json)"
is 0 "$(json 'sum(r["state"] == "recorded" and not all(f["digests"] for f in r["recorded"])
              for t in d["requirements"] for r in t["rows"])' <../b/report.json)"
# The comparison finds a number that was changed.
cp -r ../b ../changed
sed -i 's/>0.7196</>0.7197</' ../changed/report/report.html
expect 1 cells ../changed
says "$err" "the report says '0.7197', and the file 0.7196"
# So it does one of an attestation, in the page, the table and the files that verify.py reads.
for change in 's/>Bob &lt;B&gt;</>Bob C</' 's/model_signing.signature/model_signing.signatuer/'; do
  cp ../b/report/report.html ../changed/report/
  sed -i "$change" ../changed/report/report.html
  expect 1 cells ../changed
done

# The report alone.
expect 2 reprise audit export scorecard@1 -o ../r.html --format htm
expect 2 reprise audit export scorecard@1 -o ../r.html --format html --pdf
expect 0 reprise audit export scorecard@1 -o ../r.html --format html --requirements ours.toml
expect 0 reprise audit export scorecard@1 -o ../r2.html --format html --requirements ours.toml
cmp ../r.html ../r2.html
expect 2 reprise audit export scorecard@1 -o ../r.html --format html
says "$err" "exists already"
expect 0 reprise audit export train -o ../prov.json --format prov
json 'd["prefix"]' <../prov.json >/dev/null
expect 2 reprise audit export train -o ../prov2.json --format prov --redact
mkdir ../nothing
expect 2 env PATH="$work/nothing" "$REPRISE" audit export scorecard@1 -o ../r.pdf --format pdf
says "$err" "apt install weasyprint"
[ ! -e ../r.pdf ] || fail "a PDF without the program that makes it"
printf '#!/bin/sh\necho "it is broken" >&2\nexit 1\n' >../nothing/weasyprint
chmod +x ../nothing/weasyprint
expect 2 env PATH="$work/nothing:$PATH" "$REPRISE" audit export scorecard@1 -o ../b2 --pdf
says "$err" "failed: it is broken"
[ ! -e ../b2 ] || fail "a bundle without the PDF that it was to have"
if ! command -v weasyprint >/dev/null; then
  echo 'SKIPPED: no weasyprint here (apt install weasyprint): the PDF was not made'
  exit 77
fi
expect 0 reprise audit export scorecard@1 -o ../r.pdf --format pdf
expect 0 reprise audit export scorecard@1 -o ../b2 --pdf
cmp ../r.pdf ../b2/report/report.pdf
expect 0 python3 -I ../b2/verify.py ../b2
