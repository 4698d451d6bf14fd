# Lineage for other tools: what each format says of recorded runs is what its standard wants, the
# same bytes each time, without secrets, and nothing is left of what is refused.
. "$(dirname "$0")/lib.sh"

tests=$(cd "$(dirname "$0")/.." && pwd)
validate=$tests/support/validate_exports.py

reprise init >/dev/null
git init -q -b main .
git config user.name anna
git config user.email anna@example.org
git remote add origin https://user:hunter2secret@example.org/risk/credit.git
printf 'age,amount\n1,2\n' >raw.csv
mkdir "=folder"
echo part >"=folder/a,b $(printf '\377').csv"
cat >prepare.sh <<'EOS'
cut -d, -f1 raw.csv >prepared.csv
EOS
cat >train.sh <<'EOS'
cat prepared.csv "=folder"/* | tr a-z A-Z >model.bin
EOS
printf '*.csv\n*.bin\n=folder\n.reprise\n' >.gitignore
git add . && git -c commit.gpgsign=false commit -qm start
expect 0 reprise add raw.csv --name german-credit
expect 0 reprise run -n prepare -i raw.csv -o prepared.csv -- sh prepare.sh
expect 0 env MODE=fast "$REPRISE" run -n train -e "credit \"risk\"" -p eta=0.1 -p "odd key=1" \
  -p api_key=sk-0123456789abcdef0123456789 -i prepared.csv -i =folder -o model.bin \
  --tag "team=risk, <b>" --note "two
lines" -- sh train.sh
expect 1 reprise run -n broken -i prepared.csv -- sh -c 'exit 1'
expect 0 reprise tag train "token=ghp_0123456789abcdefghijABCDEFGHIJ012345"

# Every format, of a run and of an artifact, twice.
for ref in train model.bin broken; do
  for format in prov-json prov-n openlineage cyclonedx; do
    expect 0 reprise export $ref --format $format -o "../$ref.$format"
    says "$out" "wrote the lineage of"
    expect 0 reprise export $ref --format $format
    cmp "../$ref.$format" "$work/out" || fail "$format of $ref has other bytes the second time"
  done
  expect 0 reprise export $ref --format csv -o "../$ref.csv"
  expect 0 reprise export $ref --format ro-crate -o "../$ref.crate"
  expect 0 reprise export $ref --format ro-crate -o "../$ref.bare" --no-data
  is "ro-crate-metadata.json" "$(ls "../$ref.bare")"
  python3 "$validate" --prov "../$ref.prov-json" --prov-n "../$ref.prov-n" \
    --openlineage "../$ref.openlineage" --cyclonedx "../$ref.cyclonedx" --csv "../$ref.csv" \
    --ro-crate "../$ref.crate" || fail "an export of $ref is not what its standard wants"
done
python3 "$validate" --ro-crate ../train.bare || fail "the crate of train without data is not valid"
cmp ../train.prov-json <(reprise export train --format prov)
expect 0 reprise fsck --rebuild-index
cmp ../train.cyclonedx <(reprise export train --format cyclonedx)

# What they say.
is '["broken", "prepare"]' "$(json 'sorted(a["prov:label"] for a in d["activity"].values())' \
  <../broken.prov-json)"
is 1 "$(json 'len([a for a in d["entity"].values() if "german-credit" in str(a)])' \
  <../train.prov-json)"
is '["START", "COMPLETE", "START", "FAIL"]' "$(python3 -c 'import json, sys
print(json.dumps([json.loads(line)["eventType"] for line in sys.stdin]))' <../broken.openlineage)"
is machine-learning-model "$(json 'd["metadata"]["component"]["type"]' <../model.bin.cyclonedx)"
is '"0.1"' "$(json '[json.dumps(p["value"]) for p in
  d["metadata"]["component"]["modelCard"]["properties"] if p["name"].endswith(":eta")][0]' \
  <../model.bin.cyclonedx)"
commit=$(git rev-parse HEAD)
grep -q "$commit" ../train.openlineage || fail "the commit is not in the events"
grep -q "$commit" ../train.cyclonedx || fail "the commit is not in the bill of materials"
find ../train.crate -name 'model.bin' -exec cmp model.bin {} + || fail "the model is other"
diff -r "=folder" "$(find ../train.crate -type d -name '=folder')"

# No secret, whatever it stood in.
if grep -r -e hunter2secret -e sk-0123456789 -e ghp_0123456789 ..  --include='train.*' \
  --include='model.bin.*' --include='*.csv' --include='*.json' --exclude-dir=.reprise \
  --exclude-dir=.git; then
  fail "a secret was exported"
fi

# How far.
expect 0 reprise export train --format prov-json --depth 0
is '["train"]' "$(json '[a["prov:label"] for a in d["activity"].values()]' <"$work/out")"
expect 0 reprise export train --format prov-json --depth 0 --json
is '["run", 1, null]' "$(json '["run" if len(d["export"]["ref"]) == 26 else "", d["export"]["runs"],
  d["export"]["path"]]' <<<"$out")"
is document "$(reprise export train --format prov-n --json |
  json 'd["export"]["content"].split()[0]')"

# As an archive, which is the folder, and the same each time.
expect 0 reprise export train --format ro-crate -o ../train.zip
expect 0 reprise export train --format ro-crate -o ../again.zip
cmp ../train.zip ../again.zip || fail "the archive has other bytes the second time"
python3 - ../train.zip ../train.crate <<'EOF' || fail "the archive is not the folder"
import os, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
found = {}
for entry in archive.infolist():
    name = entry.filename.encode("utf-8" if entry.flag_bits & 0x800 else "cp437")
    found[name] = (archive.read(entry), entry.external_attr >> 16 & 0o100)
wanted = {}
top = os.fsencode(sys.argv[2])
for folder, folders, files in os.walk(top):
    for name in folders:
        wanted[os.path.relpath(os.path.join(folder, name), top) + b"/"] = (b"", 0o100)
    for name in files:
        path = os.path.join(folder, name)
        mode = os.stat(path).st_mode & 0o100
        wanted[os.path.relpath(path, top)] = (open(path, "rb").read(), mode)
assert found == wanted, (sorted(found), sorted(wanted))
EOF
expect 0 reprise export train --format csv -o ../tables.zip
is "edges.csv nodes.csv" "$(python3 -c 'import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print(*z.namelist())' ../tables.zip)"
[ ! -e ../train.zip.partial ] || fail "something is left beside the archive"

# What the store does not have is named, and no more.
echo never-stored >"$work/outside.csv"
expect 0 reprise run -n lean --capture declared -i "$work/outside.csv" -- true
expect 0 reprise export lean --format ro-crate -o ../lean.crate
python3 "$validate" --ro-crate ../lean.crate || fail "the crate of lean is not valid"

# What is known only as a part of a folder is what it is there.
expect 0 reprise run -n tree -o tree -- sh -c 'mkdir -p tree/sub && echo 12345 >tree/sub/part'
expect 0 reprise export tree/sub --format csv -o ../sub.csv
is "folder 6" "$(python3 -c 'import csv, sys
rows = [r for r in csv.DictReader(open(sys.argv[1], newline="")) if r["id"] == sys.argv[2]]
print(rows[0]["kind"], rows[0]["size_bytes"])' ../sub.csv/nodes.csv \
  "$(reprise show tree/sub --json | json 'd["artifact"]["digest"]')")"
expect 0 reprise export tree/sub --format ro-crate -o ../sub.crate
diff -r tree/sub "$(find ../sub.crate -type d -name 'sub' -o -type d -name content | head -1)" ||
  fail "the folder is not in the crate"

# What the store has lost is left out and named, by the status, too; the rest is as valid as ever.
(
  mkdir ../lost
  cd ../lost
  reprise init >/dev/null
  expect 0 reprise run -n zero -- sh -c 'cat /dev/null'  # Has what others share.
  expect 0 reprise run -n first -p eta=0.1 -o first.txt -- sh -c 'echo {eta} >first.txt'
  expect 0 reprise rerun first --set eta=0.2 --on-host
  expect 0 reprise run -n second -i first.txt -o second.txt -- sh -c 'cat first.txt >second.txt'
  retraining=$(reprise runs --json | json '[r["id"] for r in d["runs"] if r["derived_from"]][0]')
  first=$(reprise show first --json | json 'd["run"]["id"]')
  cp -r .reprise ../lost.whole
  find .reprise/packs -name '*.pack' -exec truncate -s 0 {} +
  for format in prov-json prov-n openlineage cyclonedx csv; do
    expect 4 reprise export second --format $format -o ../lost.$format
    says "$err" "the environment sha256:"
    says "$err" "is not in the store; the export lacks it"
  done
  expect 4 reprise export second --format ro-crate -o ../lost.crate --no-data
  python3 "$validate" --prov ../lost.prov-json --prov-n ../lost.prov-n --csv ../lost.csv \
    --openlineage ../lost.openlineage --cyclonedx ../lost.cyclonedx --ro-crate ../lost.crate ||
    fail "an export of what is left is not what its standard wants"
  for pack in $(cd ../lost.whole && find packs -name '*.pack'); do  # One has the first record.
    rm -r .reprise && cp -r ../lost.whole .reprise
    rm -r ".reprise/$pack" .reprise/catalog
    reprise show "$first" >/dev/null 2>&1 || ! reprise show "$retraining" >/dev/null 2>&1 || break
  done
  expect 4 reprise export "$retraining" --format prov-json -o ../retraining.json
  says "$err" "the record of run $first is not in the store"
  says "$(json 'str(d["activity"]["run:" + "'"$first"'"])' <../retraining.json)" "reprise:missing"
  python3 "$validate" --prov ../retraining.json || fail "the rest is no PROV"
  expect 4 reprise export "$retraining" --format openlineage --json
  is "[\"the record of run $first is not in the store\"]" \
    "$(json 'd["export"]["missing"]' <<<"$out")"
  expect 3 reprise export "$first" --format prov-json
)

# The lineage of the demo's model.
if [ -n "${CREDIT_RISK:-}" ] && [ -x "$CREDIT_RISK" ]; then
  (
    mkdir ../demo
    cd ../demo
    mkdir data
    cp "$tests"/../sdk/examples/credit_risk/data/*.csv data/
    cp "$CREDIT_RISK" credit_risk
    reprise init >/dev/null
    expect 0 reprise run -e credit -n careful -p eta=0.1 -p max_depth=3 -- \
      ./credit_risk --data data/german_credit.csv --out out
    for format in prov-json prov-n openlineage cyclonedx csv ro-crate; do
      expect 0 reprise export out/model.json --format $format -o ../demo.$format
    done
    python3 "$validate" --prov ../demo.prov-json --prov-n ../demo.prov-n --csv ../demo.csv \
      --openlineage ../demo.openlineage --cyclonedx ../demo.cyclonedx --ro-crate ../demo.ro-crate ||
      fail "an export of the demo's model is not what its standard wants"
    is machine-learning-model "$(json 'd["metadata"]["component"]["type"]' <../demo.cyclonedx)"
    says "$(cat ../demo.cyclonedx)" '"purl": "pkg:deb/'
  )
fi

# What is refused, and that nothing is left of it.
before=$(ls -A ..)
expect 2 reprise export train --format prov-json -o ../train.prov-json
says "$err" "exists already"
expect 2 reprise export train --format csv -o ../train.crate
expect 2 reprise export train --format csv
says "$err" "name a new folder with -o"
expect 2 reprise export train --format csv -o ../train.zip
says "$err" "exists already"
expect 2 reprise export train --format prov-json -o .reprise/x
expect 2 reprise export train --format prov-json -o ""
expect 2 reprise export train --format prov-xml
says "$err" "--format takes prov-json, prov-n, openlineage, ro-crate, csv, cyclonedx, slsa,"
says "$err" "model-signing, or oci"
expect 2 reprise export train
expect 2 reprise export --format prov-n
expect 2 reprise export train --format prov-n --depth -1
expect 2 reprise export train --format prov-n --no-data
expect 2 reprise export train --format prov-n --allow-missing
expect 2 reprise export train --format oci -o ../x --depth 3
expect 3 reprise export nobody --format prov-n
expect 3 reprise export train --format prov-n -o ../not/there/x
is "$before" "$(ls -A ..)"
mkdir ../empty
cd ../empty
expect 3 reprise export train --format prov-n
says "$err" "reprise init"
reprise init >/dev/null
expect 3 reprise export @last --format prov-n
