# Bundles about models: what was signed and decided travels with them, and is checked.
tampering="$(realpath "$(dirname "$0")/..")/tracker/audit/verify_models_test.py"
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/people.sh"

reprise init >/dev/null
reprise run -n prepare --capture declared -o d.csv -- sh -c 'printf "a,b\n1,2\n" >d.csv' \
  2>/dev/null
reprise run -n train -e credit --capture declared -p eta=0.1 -i d.csv -o m.bin -- \
  sh -c 'echo m >m.bin' 2>/dev/null
reprise run -n other -e credit --capture declared -i d.csv -o n.bin -- \
  sh -c 'echo n >n.bin' 2>/dev/null
reprise note train 'a secret note' 2>/dev/null
cat >policy.toml <<'P'
version = 1
name = "Scorecards"

[[promotion]]
to = "qa"
approvals = [{ role = "validator" }, { role = "owner" }]
evidence = [{ kind = "validation", max_age_days = 90 }]
override = [{ role = "cro" }]

[[promotion]]
to = "production"
approvals = [{ role = "owner" }]
override = [{ role = "cro" }]
P
reprise policy set policy.toml 2>/dev/null
reprise model register scorecard train --reason 'first of its kind' 2>/dev/null
reprise model register scorecard other 2>/dev/null
echo external >external.bin
reprise add external.bin >/dev/null 2>&1
reprise model register bought external.bin 2>/dev/null
trusted_person ada 'Ada Lovelace' validator
trusted_person bob 'Bob B' owner cro
trusted_person carl 'Carl C' owner
cat >card.toml <<'C'
purpose = "credit"
intended_use = "new, and \"old\" customers"
owner = "Risk"
tier = "1"

[[finding]]
id = "F-1"
text = "thin files"
severity = "low"
state = "open"
C
mkdir report
echo '{"auc": 0.8}' >report/auc.json
reprise evidence add scorecard@1 --kind validation report --reason yearly 2>/dev/null
reprise evidence add scorecard@1 --kind model_card card.toml 2>/dev/null
signs ada validator approve scorecard@1 qa
signs bob owner approve scorecard@1 qa
reprise model promote scorecard@1 --to qa --reason 'to be tried' 2>/dev/null
reprise ledger checkpoint >../kept
reprise audit export scorecard -o ../older >/dev/null 2>&1
signs carl owner reject scorecard@1 production 'not yet'
signs bob cro override scorecard@1 production 'outage of the old one'
reprise model promote scorecard@1 --to production --reason now --override 2>/dev/null
expect 0 reprise key revoke carl --reason 'laptop \ stolen'

# What verify.py says, which the command says in the same words.
verify() {
  local got=0 other=0
  python3 -I "$1/verify.py" "$1" "${@:2}" >"$work/by-python" || got=$?
  "$REPRISE" audit verify "$@" >"$work/by-command" || other=$?
  is $got $other
  if [ $got -eq 0 ]; then
    diff "$work/by-python" "$work/by-command" || fail 'the command says something else'
  else
    is "$(tail -1 "$work/by-python" | cut -c1-18)" "$(tail -1 "$work/by-command" | cut -c1-18)"
  fi
  cat "$work/by-python"
  return $got
}

# A version with all that belongs to it.
expect 0 reprise audit export scorecard@1 -o ../bundle
expect 0 reprise audit export scorecard@production -o ../again
diff -r ../bundle ../again
expect 0 verify ../bundle
says "$out" "3 keys of people, 4 signed statements"
says "$out" "1 versions of models, 2 moves resting on 3 signatures"
says "$out" "person  Ada Lovelace (ada; validator)"
says "$out" "was ordered in an emergency"
says "$out" "by Carl C counts for nothing: its key was revoked (laptop"
says "$out" "of the 3 signatures that moves rest on, none is by keys of people that you brought"

# How much of it an auditor's own checkpoint and keys anchor.
expect 0 verify ../bundle --since ../kept
says "$out" "anchored by the checkpoint that you kept"
says "$out" "statement (2)"
openssl pkey -pubin -in "$XDG_CONFIG_HOME/reprise/keys/ada.pub" >../mine
expect 0 verify ../bundle --trusted-keys ../mine
says "$out" "of the 3 signatures that moves rest on, 1 are by keys of people that you brought"
says "$out" "a key that you did not bring, that of Bob B"
openssl pkey -pubin -in "$XDG_CONFIG_HOME/reprise/keys/bob.pub" -outform DER | sha256sum |
  cut -d' ' -f1 >>../mine
expect 0 verify ../bundle --trusted-keys ../mine
says "$out" "unanchored"
says "$out" "all are by keys of people that you brought"

# What else a bundle may be about.
expect 0 reprise audit export bought@1 -o ../bought
expect 0 verify ../bought
says "$out" "0 runs are in the ledger as they are here"
is '[null, [], 1]' "$(json '[d["run"], d["runs"], len(d["models"])]' <../bought/report.json)"
expect 0 reprise audit export m.bin -o ../content --json
is '["artifact", 1]' "$(json '[d["subject"]["kind"], len(d["subject"]["runs"])]' <<<"$out")"
expect 0 verify ../content
expect 0 reprise audit export --stage production -o ../stage
expect 0 verify ../stage
says "$(cat ../stage/SHA256SUMS.sig)" "stage production"
expect 0 reprise audit export -e credit -o ../experiment
expect 0 verify ../experiment
says "$out" "3 runs are in the ledger as they are here"
grep -q '<h2[^>]*>[0-9]*\. Run train' ../experiment/report/report.html
grep -q '<h2[^>]*>[0-9]*\. Run other' ../experiment/report/report.html
expect 0 reprise audit export model:scorecard@2 -o ../second
expect 0 verify ../second
expect 3 reprise audit export --stage qa -o ../x
says "$err" "no version of a model is in the stage 'qa'"
expect 3 reprise audit export -e nonsense -o ../x
expect 3 reprise audit export scorecard@7 -o ../x
expect 3 reprise audit export model:nonsense -o ../x
expect 3 reprise audit export policy.toml -o ../x
says "$err" "no run is known that wrote"
expect 2 reprise audit export train --stage qa -o ../x
says "$err" "give one"
expect 2 reprise audit export -o ../x
says "$err" "REF is missing"
expect 2 reprise audit export --stage '' -o ../x
reprise run -n scorecard --capture declared -- true 2>/dev/null
expect 3 reprise audit export scorecard -o ../x
says "$err" "write 'model:scorecard' for the model"
expect 0 reprise audit export model:scorecard -o ../whole
expect 0 verify ../whole
[ ! -e ../x ] || fail "a refused export left something"

# An archive has the same files.
expect 0 reprise audit export scorecard@1 -o ../one.zip
expect 0 reprise audit export scorecard@1 -o ../one
expect 0 reprise audit export scorecard@1 -o ../two.zip
cmp ../one.zip ../two.zip
python3 -m zipfile -e ../one.zip ../unpacked
diff -r ../one ../unpacked
expect 2 reprise audit export scorecard@1 -o ../one.zip
says "$err" "exists already"
is one.zip "$(cd .. && echo one.zip*)"
# Nothing of it is left when it cannot be written, or is killed half-way: by a limit here, which
# ends the process when the archive reaches it.
for size in 100 1; do
  got=0
  (ulimit -f $size && exec "$REPRISE" audit export scorecard@1 -o ../new/cut.zip) \
    >/dev/null 2>"$work/err" || got=$?
  [ "$got" -ne 0 ] || fail "a limit of $size KiB was not reached"
  [ ! -e ../new/cut.zip ] || fail "a part of an archive has its name"
  is '' "$(find .. -maxdepth 2 -name 'cut.zip*')"
done
rm -rf ../new

# Changes since a checkpoint that an auditor kept.
expect 0 reprise audit export scorecard@1 -o ../since --since ../kept
expect 0 verify ../since
says "$out" "the log of 23 entries continues that of $(sed -n 2p ../kept)"
is "[$(sed -n 2p ../kept), 4]" \
  "$(json '[d["since"]["size"], len(d["since"]["changes"])]' <../since/report.json)"
grep -q '<h2[^>]*>[0-9]*\. Changes since' ../since/report/report.html
expect 0 verify ../since --since ../kept
cp -r ../since ../changed
cp ../changed/log/checkpoint ../changed/log/since/checkpoint
expect 1 verify ../changed
expect 3 reprise audit export scorecard@1 -o ../x --since ../nothing
expect 2 reprise audit export scorecard@1 -o ../x --since policy.toml
says "$err" "is no checkpoint"
mkdir ../other
(cd ../other && reprise init && reprise ledger checkpoint) >../foreign 2>/dev/null
expect 2 reprise audit export scorecard@1 -o ../x --since <(tail -n +2 ../foreign)
says "$err" "no checkpoint"
cp -r .reprise ../before
reprise note train more 2>/dev/null
reprise ledger checkpoint >../newer
expect 4 reprise --store ../before audit export scorecard@1 -o ../x --since ../newer
says "$err" "the log was cut off"
[ ! -e ../x ] || fail "a refused export left something"

# What people wrote is left out, and exactly that may be missing.
expect 0 reprise audit export scorecard@1 -o ../redacted --redact
expect 0 verify ../redacted
says "$out" "were left out, of which only digests are here"
says "$out" "note, redacted (2)"
if grep -rq -e 'secret note' -e 'thin files' ../redacted; then fail "a redacted bundle tells it"; fi
grep -rq 'secret note' ../since
[ ! -e ../redacted/evidence ] || fail "a redacted bundle has evidence"
is '[null, null]' \
  "$(json '[d["models"][0]["card"], d["models"][0]["evidence"][1]["file"]]' \
    <../redacted/report.json)"

# What was attested travels with it, and is checked.
for kind in slsa model-signing; do
  expect 0 reprise attest scorecard@1 --kind $kind --key ada
done
expect 0 reprise audit export scorecard@1 -o ../attested.zip
expect 0 reprise audit verify ../attested.zip
says "$out" "2 attestations"
is '["https://slsa.dev/provenance/v1", [["m.bin"], []]]' "$(python3 -m zipfile -e ../attested.zip ../attested && json '[[a["predicate_type"], [[s["name"] for s in a[k]] for k in ("subjects", "resources")]]
    for a in d["models"][0]["attestations"]][0]' <../attested/report.json)"
expect 0 verify ../attested

# A whole model, and what happens to bundles of it in the hands of somebody who has the log's key.
mkdir ../forged ../forged/people
expect 0 reprise audit export model:scorecard -o ../forged/bundle
says "$out" "wrote the audit bundle of model scorecard to"
cp .reprise/keys/checkpoint.key ../forged/log.key
cp "$XDG_CONFIG_HOME"/reprise/keys/*.key ../forged/people/
cp -r ../older ../forged/older
python3 -B "$tampering" ../forged
