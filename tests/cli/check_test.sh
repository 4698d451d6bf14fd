# Data and scores are checked against what a model was trained on, and the results are evidence.
tests=$(cd "$(dirname "$0")/.." && pwd)
. "$(dirname "$0")/lib.sh"

reprise init >/dev/null
python3 - <<'P'
def rows(count, shift):
    for i in range(count):
        age = 20 + i * 37 % 41 + shift
        pd = (i * 61 % 97) / 97
        bad = 1 if (i * 53 % 89) / 89 < 0.1 + 0.7 * pd else 0
        yield f"{age},{'north' if i % 3 else 'south'},{'F' if i % 2 else 'M'},{pd:.6f},{bad}"
for name, count, shift in (("train", 600, 0), ("test", 400, 0), ("march", 500, 15)):
    with open(name + ".csv", "w") as file:
        file.write("age,region,sex,pd,bad\n" + "\n".join(rows(count, shift)) + "\n")
P
cp test.csv scores.csv
reprise run -n fit --capture declared --input-role train=train.csv --input-role test=test.csv \
  -o model.bin -o scores.csv -- sh -c 'echo m >model.bin; touch scores.csv' 2>/dev/null
reprise model register scorecard fit:model.bin 2>/dev/null

# Drift, beside the run's training data.
expect 0 reprise check drift scorecard@1 march.csv
says "$out" "large shift"
says "$out" "600 rows before, 500 rows now"
expect 0 reprise check drift scorecard@1 march.csv --json
is '"reprise/drift/v1"' "$(json 'json.dumps(d["type"])' <<<"$out")"
is '["age", "region", "sex", "pd", "bad"]' "$(json '[c["column"] for c in d["columns"]]' <<<"$out")"
is '["number", "large shift"]' "$(json '[d["columns"][0][k] for k in ("type", "state")]' <<<"$out")"
is "sha256:$(sha256sum <train.csv | cut -d' ' -f1)" "$(json 'd["reference"]["digest"]' <<<"$out")"
is "sha256:$(sha256sum <march.csv | cut -d' ' -f1)" "$(json 'd["current"]["digest"]' <<<"$out")"
expect 1 reprise check drift scorecard@1 march.csv --psi-max 0.25
says "$err" "age: its PSI is"
expect 1 reprise check drift fit march.csv --ks-max 0.2 --columns age,region
expect 0 reprise check drift fit march.csv --ks-max 0.2 --columns region,sex
expect 0 reprise check drift fit fit:test.csv --psi-max 0.1
head -n 1 march.csv >header.csv
expect 2 reprise check drift fit header.csv --psi-max 0.1
says "$err" "it has no rows below its header"
cut -d, -f2- march.csv >narrow.csv
expect 0 reprise check drift fit narrow.csv
says "$out" missing
expect 1 reprise check drift fit narrow.csv --psi-max 1
says "$err" "age: it is not in the newer data"
expect 2 reprise check drift fit march.csv --columns agee
says "$err" "did you mean 'age'?"
expect 2 reprise check drift fit march.csv --psi-max x
expect 2 reprise check drift fit march.csv --psi-max -1
expect 2 reprise check drift fit march.csv --role train --input train.csv
expect 3 reprise check drift fit march.csv --role holdout
says "$err" "train.csv (train)"
expect 3 reprise check drift fit march.csv --input nothing.csv
expect 0 reprise check drift fit march.csv --input test.csv
expect 3 reprise check drift fit nothing.csv
expect 3 reprise check drift scorecard@2 march.csv
expect 2 reprise check drift fit .
says "$err" "it is no file"
expect 2 reprise check drift fit fit
says "$err" "name a table of it as in 'fit:PATH'"
expect 2 reprise check drift fit march.csv --evidence
says "$err" "is a run"
head -c 3000 /dev/urandom >noise.csv
expect 2 reprise check drift fit noise.csv
says "$err" "cannot check 'noise.csv'"

# Stability of the score.
expect 0 reprise check stability scorecard@1 march.csv --score pd
says "$out" "PSI 0.0"
expect 0 reprise check stability scorecard@1 march.csv --score age --against train.csv --json
is 'true' "$(json 'd["psi"] > 0.25 and abs(sum(b["expected"] for b in d["bins"]) - 1) < 1e-12' \
  <<<"$out")"
is 'true' "$(json 'd["bins"][0]["from"] is None and d["bins"][-1]["to"] is None' <<<"$out")"
expect 1 reprise check stability scorecard@1 march.csv --score age --psi-max 0.25
says "$err" "the PSI is"
expect 2 reprise check stability scorecard@1 march.csv
says "$err" "--score is missing"
expect 3 reprise check stability scorecard@1 march.csv --score points
says "$err" "--against FILE"
expect 2 reprise check stability scorecard@1 march.csv --score points --against train.csv
expect 2 reprise check stability scorecard@1 march.csv --score sex --against train.csv
says "$err" "is no finite number"

# Groups: those that reprise.toml protects, or those that are named.
groups() { reprise check subpopulations scorecard@1 test.csv --score pd --target bad "$@"; }
expect 2 groups
says "$err" "tags no column of 'test.csv' as protected"
printf '[columns]\nage = ["protected"]\nsex = ["protected"]\n' >reprise.toml
expect 0 groups --threshold 0.4
says "$out" "> 30, ≤ 40"
expect 0 groups --threshold 0.4 --json
is '["age", "sex"]' "$(json 'sorted({g["column"] for g in d["groups"]})' <<<"$out")"
# The counts, the AUC and the approval rate again, in another language.
python3 - "$work/out" <<'P'
import csv, json, sys
document = json.load(open(sys.argv[1]))
rows = list(csv.DictReader(open("test.csv")))
for group in (g for g in document["groups"] if g["column"] == "sex"):
    of = [r for r in rows if r["sex"] == group["group"]]
    assert group["rows"] == len(of)
    bad = [float(r["pd"]) for r in of if r["bad"] == "1"]
    good = [float(r["pd"]) for r in of if r["bad"] == "0"]
    auc = sum((b > g) + (b == g) / 2 for b in bad for g in good) / len(bad) / len(good)
    assert abs(group["auc"]["value"] - auc) < 1e-12, (group, auc)
    rate = sum(float(r["pd"]) <= 0.4 for r in of) / len(of)
    assert abs(group["approval_rate"]["value"] - rate) < 1e-12
    assert group["auc"]["low"] < auc < group["auc"]["high"]
P
expect 0 groups --group region --json
is '[["region", "north", null], ["region", "south", null]]' \
  "$(json '[[g["column"], g["group"], g["approval_rate"]["value"]] for g in d["groups"]]' \
    <<<"$out")"
expect 2 groups --group pd --group nothing
expect 2 groups --threshold high
expect 2 groups --positive yes
says "$err" "the target has a third value"
expect 2 reprise check subpopulations scorecard@1 test.csv --score pd
says "$err" "--target is missing"

# Calibration.
expect 0 reprise check calibration scorecard@1 test.csv --score pd --target bad
says "$out" "Brier score"
expect 0 reprise check calibration scorecard@1 test.csv --score pd --target bad --bins 4 --json
is '[4, 400]' "$(json '[len(d["bins"]), sum(b["rows"] for b in d["bins"])]' <<<"$out")"
expect 2 reprise check calibration scorecard@1 test.csv --score pd --target bad --bins 0
expect 2 reprise check calibration scorecard@1 test.csv --score age --target bad
says "$err" "is no probability"

# What is asked for is kept: as a file, which must be new, and as evidence.
expect 0 reprise check calibration scorecard@1 test.csv --score pd --target bad -o cal.json \
  --evidence --reason yearly
says "$err" "calibration evidence of scorecard@1"
expect 2 reprise check calibration scorecard@1 test.csv --score pd --target bad -o cal.json
says "$err" "is there already"
expect 0 reprise check drift scorecard@1 march.csv --evidence
expect 2 reprise check drift scorecard@1 march.csv --evidence
says "$err" "evidence of scorecard@1 already"
expect 0 reprise evidence list scorecard@1 --json
is '[["calibration", "cal.json", "yearly"], ["drift", "drift.json", ""]]' \
  "$(json '[[e["kind"], e["artifact"]["path"], e["reason"]] for e in d["evidence"]]' <<<"$out")"
digest=$(json 'd["evidence"][0]["artifact"]["digest"]' <<<"$out")
expect 0 reprise cat "$digest"
is "$(cat cal.json)" "$out"
expect 2 reprise check drift scorecard@1 march.csv --reason why
says "$err" "--reason goes with --evidence"

# Documents that say what they are must be it.
expect 2 reprise evidence add scorecard@1 --kind drift cal.json
says "$err" "evidence of the kind calibration and not drift"
echo '{"type":"reprise/validation/v1","metrics":{"auc":"high"}}' >wrong.json
expect 2 reprise evidence add scorecard@1 --kind validation wrong.json
says "$err" "metrics.auc is no number"

# Champion and challenger, by the same hold-out.
reprise model promote scorecard@1 --to production --reason first 2>/dev/null
expect 0 reprise model show scorecard@1
says "$out" "production, champion"
reprise run -n again --capture declared --input-role train=march.csv --input-role test=test.csv \
  -o model2.bin -- sh -c 'echo n >model2.bin' 2>/dev/null
reprise model register scorecard again:model2.bin 2>/dev/null
expect 0 reprise model show scorecard@2
says "$out" "challenges scorecard@1 in production"
expect 0 reprise models
says "$out" challenger
expect 0 reprise models --json
is '[[false, [{"champion": "scorecard@1", "stage": "production"}]], [true, []]]' \
  "$(json '[[m["champion"], m["challenges"]] for m in d["models"]]' <<<"$out")"
for version in 1 2; do
  echo '{"type":"reprise/validation/v1","metrics":{"auc":0.7'$version'}}' >v$version.json
  reprise evidence add scorecard@$version --kind validation v$version.json 2>/dev/null
done
expect 0 reprise model compare scorecard@production scorecard@2
says "$out" "test.csv"
says "$out" "0.71"
expect 0 reprise model compare scorecard@1 scorecard@2 --json
is '["auc", "evidence", 0.71, 0.72, 0.01]' "$(json \
  '(lambda m: [m["name"], m["source"], m["a"], m["b"], round(m["difference"], 9)])(
     d["comparison"]["metrics"][0])' <<<"$out")"
expect 2 reprise model compare scorecard@1 scorecard@production
says "$err" "are one version"
expect 2 reprise model compare scorecard@1
expect 3 reprise model compare scorecard@1 scorecard@9
reprise run -n other --capture declared --input-role test=march.csv -o model3.bin -- \
  sh -c 'echo o >model3.bin' 2>/dev/null
reprise model register scorecard other:model3.bin 2>/dev/null
expect 1 reprise model compare scorecard@1 scorecard@3
says "$out" "not comparable: different hold-out: scorecard@1 was judged by test.csv"

# By scores of the same rows.
awk -F, -v OFS=, 'NR == 1 { print "bad", "score"; next } { print $5, ($4 + $1 / 100) / 2 }' \
  test.csv >other.csv
compare() { reprise model compare scorecard@1 scorecard@3 --scores test.csv "$@"; }
expect 0 compare --scores other.csv --score pd --score score --target bad --json
is 'true' "$(json \
  '(lambda a: a["difference"]["low"] < a["difference"]["value"] < a["difference"]["high"] and
              abs(a["b"]["value"] - a["a"]["value"] - a["difference"]["value"]) < 1e-12)(
     d["comparison"]["auc"])' <<<"$out")"
expect 0 compare --scores other.csv --score pd --score score --target bad
says "$out" "that both areas are one"
expect 1 compare --scores march.csv --score pd --target bad
says "$out" "scores: not comparable"
expect 2 compare --score pd --target bad
expect 2 reprise model compare scorecard@1 scorecard@3 --target bad
expect 2 compare --scores other.csv --score pd --target bad
says "$err" "there is no column 'pd'"

# What is lost is told, and nothing is made up.
rm -f train.csv
chmod -R u+w .reprise/packs
find .reprise/packs -type f -exec truncate -s 64 {} +
expect 4 reprise check drift scorecard@1 march.csv

# A program attaches evidence while it runs; it counts once its model is registered.
if [ -n "${CREDIT_RISK-}" ]; then
  cd "$work" && mkdir credit && cd credit
  reprise init >/dev/null
  cp "$tests"/../sdk/examples/credit_risk/data/german_credit.csv .
  reprise run -n train --capture declared -- "$CREDIT_RISK" --data german_credit.csv --out out \
    >/dev/null 2>&1
  expect 0 reprise show train
  says "$out" "evidence    validation: validation.json"
  expect 0 reprise show train --json
  is '["validation", "explainability"]' \
    "$(json '[e["kind"] for e in d["run"]["evidence"]]' <<<"$out")"
  expect 0 reprise model register card train:out/model.json
  expect 0 reprise evidence list card@1 --json
  is '[["validation", "attached by run train"], ["explainability", "attached by run train"]]' \
    "$(json '[[e["kind"], e["reason"]] for e in d["evidence"]]' <<<"$out")"
  expect 0 reprise check subpopulations card@1 train:out/predictions.csv --score probability_bad \
    --target is_bad --group is_bad --threshold 0.3
  expect 0 reprise fsck --read-data
  rm -rf .reprise/catalog
  expect 0 reprise evidence list card@1 --json
  is 2 "$(json 'len(d["evidence"])' <<<"$out")"
fi
