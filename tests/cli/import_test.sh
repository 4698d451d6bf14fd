# Runs out of stores that MLflow itself made, against what MLflow's own client says of them; again,
# after changes, from damaged and from hostile stores, and killed half-way.
here=$(realpath "$(dirname "$0")")
. "$here/lib.sh"

stores=$(realpath "$here/../data/mlflow")

# Every run that MLflow tells of is here with all that it tells.
cat >"$work/check.py" <<'EOF'
import json, math, subprocess, sys

def ask(*arguments):
    return json.loads(subprocess.run([sys.argv[2], *arguments, "--json"], check=True,
                                     capture_output=True, text=True).stdout)

def number(value):
    return float(value) if not isinstance(value, str) else {
        "NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}[value]

def same(got, wanted):
    """MLflow's databases have no infinities, and its client gives the greatest doubles back."""
    if math.isinf(got):
        return wanted in (got, math.copysign(sys.float_info.max, got))
    return got == wanted or (math.isnan(got) and math.isnan(wanted))

told = json.load(open(sys.argv[1]))
wanted_ids = {key for key, run in told.items()
              if not run["deleted"] and run["status"] != "RUNNING"}
statuses = {"FINISHED": "finished", "FAILED": "failed", "KILLED": "killed"}
seen = set()
for listed in ask("runs")["runs"]:
    run = ask("show", listed["id"])["run"]
    wanted = told[run["tags"]["mlflow.runId"]]
    seen.add(run["tags"]["mlflow.runId"])
    assert run["experiment"] == wanted["experiment"], run
    assert run["tags"].get("mlflow.runName", run["name"]) == wanted["name"], run
    assert run["status"] == statuses[wanted["status"]], run
    tags = dict(wanted["tags"])
    tags.pop("mlflow.runName")
    note = tags.pop("mlflow.note.content", None)
    assert note is None or [n["text"] for n in run["notes"]] == [note], run["notes"]
    for key, value in tags.items():
        assert run["tags"][key] == value, (key, run["tags"])
    params = run["parameters"] if "parameters" in run else run["params"]
    assert set(params) == set(wanted["params"]), params
    for key, value in wanted["params"].items():
        assert str(params[key]) == value, (key, params[key], value)
    series = ask("metrics", listed["id"])["metrics"]
    assert set(series) == set(wanted["metrics"]), series
    for key, points in wanted["metrics"].items():
        once = list(dict.fromkeys(map(tuple, sorted(points, key=lambda p: (p[0], p[2])))))
        assert len(series[key]) == len(once), (key, series[key], once)
        for got, (time, value, step) in zip(series[key], once):
            assert got["step"] == step and same(number(got["value"]), float(value)), (got, value)
    for path in wanted["artifacts"]:
        content = subprocess.run([sys.argv[2], "cat", f"{listed['id']}:mlflow-artifacts/{path}"],
                                 capture_output=True)
        assert content.returncode == 0, (path, content.stderr)
assert seen == wanted_ids, (seen, wanted_ids)
EOF

for store in v2/files v2/sqlite v3/files v3/sqlite; do
  rm -rf .reprise
  reprise init >/dev/null
  source=$stores/$store
  case "$store" in */sqlite) source=$source/mlflow.db ;; esac
  expect 0 reprise import --format mlflow "$source" --dry-run
  says "$out" "would import 6 runs of 3 experiments: 13 metric points, 8 artifacts"
  says "$out" "skipped 1 run without an end in MLflow"
  says "$out" "skipped 2 runs deleted in MLflow"
  says "$out" "would register 1 model version"
  expect 0 reprise models
  says "$err" "no models yet"
  expect 0 reprise runs --json
  is "[]" "$(json 'd["runs"]' <<<"$out")"
  expect 0 reprise import --format mlflow "$source"
  says "$out" "imported 6 runs"
  python3 "$work/check.py" "$stores/$store/told.json" "$REPRISE" || fail "$store is not as told"
  says "$out" "registered 1 model version"
  is "credit-scorer 1 development True" "$(reprise models --json |
    json '("{name} {version} {stage} ".format(**d["models"][0]) +
      str(d["models"][0]["artifact"]["path"].startswith("mlflow-artifacts/")))')"
  is "$(reprise show baseline --json | json 'd["run"]["id"]')" \
    "$(reprise models --json | json 'd["models"][0]["run"]')"
  # Again: nothing is new, and nothing is added.
  before=$(reprise ledger checkpoint)
  expect 0 reprise import --format mlflow "$source" --json
  is "0 6" "$(json 'str(d["import"]["runs"]) + " " + str(d["import"]["skipped"]["present"])' \
    <<<"$out")"
  is "$(sed -n 2p <<<"$before")" "$(reprise ledger checkpoint | sed -n 2p)"
  expect 0 reprise import --format mlflow "$source" --deleted --unfinished --json
  is "3" "$(json 'd["import"]["runs"]' <<<"$out")"
  expect 0 reprise fsck --read-data
done

# What is known by content is one node, the description of a dataset too; children name parents.
expect 0 reprise show baseline --json
is "training" "$(json 'd["run"]["inputs"][0]["role"]' <<<"$out")"
says "$(json 'd["run"]["tags"]["mlflow.registeredModel.credit-scorer"]' <<<"$out")" "alias champion"
parent=$(reprise show sweep --json | json 'd["run"]["id"]')
is "$parent" "$(reprise show trial --json | json 'd["run"]["tags"]["mlflow.parentRun"]')"

# Of one experiment only; and one that is not there is said with those that are.
rm -rf .reprise && reprise init >/dev/null
expect 0 reprise import --format mlflow "$stores/v2/files" -e Default
says "$out" "imported 0 runs of 1 experiment"
expect 3 reprise import --format mlflow "$stores/v2/files" -e nothing
says "$err" "no experiment 'nothing'; it has"
says "$err" "'credit'"

# named TEXT STORE: the folder of the run whose name is TEXT.
named() {
  dirname "$(dirname "$(grep -lx "$1" "$2"/*/*/tags/mlflow.runName)")"
}

# A run that has grown is named, and stays as it was; a new one comes along.
cp -r "$stores/v2/files/mlruns" ../grown
chmod -R u+w ../grown
expect 0 reprise import --format mlflow ../grown
run=$(named baseline ../grown)
echo "1700000020000 0.1 9" >>"$run/metrics/loss"
copy=$(dirname "$run")/0123456789abcdef0123456789abcdef
cp -r "$run" "$copy"
echo "1700000000000 -0.5 1" >"$copy/metrics/=1+1"
sed -i "s/$(basename "$run")/$(basename "$copy")/" "$copy/meta.yaml"
expect 0 reprise import --format mlflow ../grown
says "$out" "imported 1 run of"
says "$out" "skipped 1 run imported before and changed in MLflow since"
says "$err" "run $(basename "$run") has changed in MLflow"
expect 0 reprise metrics baseline loss --json
is "6" "$(json 'len(d["metrics"]["loss"])' <<<"$out")"
# A key that a spreadsheet would take for a formula is guarded, and a negative number is one.
expect 0 reprise metrics baseline-01234567 =1+1 --csv
says "$out" "'=1+1,1,2023-11-14T22:13:20"
says "$out" ",-0.5"
expect 0 reprise metrics baseline-01234567 loss --json
is "7" "$(json 'len(d["metrics"]["loss"])' <<<"$out")"

# A version that changed its stage in MLflow since does so here, too.
version=$(find ../grown/models -path '*/version-1/meta.yaml')
sed -i 's/^current_stage: .*/current_stage: Production/' "$version"
expect 0 reprise import --format mlflow ../grown
says "$out" "moved 1 model version to MLflow's stage"
expect 0 reprise model show credit-scorer@production
says "$out" "in MLflow: Production"
says "$(reprise show baseline --json |
  json 'd["run"]["tags"]["mlflow.registeredModel.credit-scorer"]')" "stage Production"

# A damaged run costs itself alone.
rm -rf .reprise && reprise init >/dev/null
echo "not a point" >>"$run/metrics/loss"
expect 4 reprise import --format mlflow ../grown
says "$out" "imported 6 runs of"
says "$out" "skipped 1 run that cannot be read"
says "$err" "'not a point' is no point of a metric"
printf 'a: [\n' >"$run/meta.yaml"
expect 4 reprise import --format mlflow ../grown
says "$err" "cannot be read and was left out"
# So does a damaged experiment, and a damaged version of a model.
other=$(dirname "$(grep -lx 'name: Default' ../grown/*/meta.yaml)")
: >"$other/meta.yaml"
version=$(dirname "$(find ../grown/models -path '*/version-1/meta.yaml')")
: >"$version/meta.yaml"
expect 4 reprise import --format mlflow ../grown --json
says "$err" "the experiment $(basename "$other") cannot be read"
says "$err" "version-1 of the registered model 'credit-scorer' cannot be read"
is "1 2" "$(json '"{unreadable} {unreadable_parts}".format(**d["import"]["skipped"])' <<<"$out")"
expect 4 reprise import --format mlflow ../grown -e credit --dry-run
says "$out" "skipped 6 runs imported before"
expect 0 reprise fsck --read-data

# Nothing leads out of a hostile store: neither links nor the places that it names.
rm -rf .reprise && reprise init >/dev/null
mkdir -p ../secret/artifacts
echo secret >../secret/artifacts/key
cp -r "$stores/v2/files/mlruns" ../hostile
chmod -R u+w ../hostile
run=$(named baseline ../hostile)
ln -s /etc/passwd "$run/artifacts/passwd"
ln -s "$work/secret" "$run/artifacts/plots/out"
ln -s /etc/passwd "$run/params/leak"
child=$(named sweep ../hostile)
rm -rf "$child/artifacts"
ln -s "$work/secret/artifacts" "$child/artifacts"
failed=$(named 'failed run!' ../hostile)
rm -rf "$failed/artifacts"
sed -i "s|^artifact_uri:.*|artifact_uri: file://$work/secret/artifacts|" "$failed/meta.yaml"
killed=$(named 'killed run!' ../hostile)
sed -i "s|^artifact_uri:.*|artifact_uri: $work/x/../secret/artifacts|" "$killed/meta.yaml"
expect 0 reprise import --format mlflow ../hostile --json
is "6 8" "$(json 'str(d["import"]["runs"]) + " " + str(d["import"]["artifacts"])' <<<"$out")"
says "$err" "2 links or special files among its artifacts were left out"
expect 0 reprise show baseline
case "$out" in *leak*) fail "a link among the parameters was followed" ;; esac
for name in sweep failed-run killed-run; do
  is "[]" "$(reprise show "$name" --json | json 'd["run"]["outputs"]')"
done
expect 0 reprise restore baseline ../laid --only outputs
[ -z "$(find ../laid -type l)" ] || fail "a link came out"

# Artifacts on another machine are said; the run comes without them.
sed -i "s|^artifact_uri:.*|artifact_uri: s3://user:pw12345@bucket/1/$(basename "$killed")/artifacts|" \
  "$killed/meta.yaml"
rm -rf .reprise && reprise init >/dev/null
expect 0 reprise import --format mlflow ../hostile
says "$err" "are not on this machine; they were not imported"
case "$err" in *pw12345*) fail "a password was shown" ;; esac

# Files that are no store, or a damaged one.
echo "not a database, but long enough to hold the header of one, and then some: a hundred bytes." \
  >../text.db
expect 2 reprise import --format mlflow ../text.db
says "$err" "it is not an SQLite database"
: >../empty.db
expect 2 reprise import --format mlflow ../empty.db
says "$err" "has no column"
head -c 20000 "$stores/v2/sqlite/mlflow.db" >../cut.db
expect 4 reprise import --format mlflow ../cut.db
says "$err" "damaged"
mkdir ../nothing
expect 2 reprise import --format mlflow ../nothing
says "$err" "is no MLflow store"
expect 3 reprise import --format mlflow ../absent
expect 2 reprise import --format mlflow
expect 2 reprise import --format mlflow sqlite://mlflow.db
says "$err" "a database's URI is sqlite:///PATH"
expect 3 reprise import --format mlflow sqlite:////absent/mlflow.db
expect 0 reprise import --format mlflow "sqlite:///$stores/v2/sqlite/mlflow.db" --dry-run
expect 2 reprise import "$stores/v2/files"
expect 2 reprise import --format wandb "$stores/v2/files"
expect 2 reprise import --format mlflow "$stores/v2/files" "$stores/v3/files"
expect 3 env -C / "$REPRISE" import --format mlflow "$stores/v2/files"

# Killed at any time: the store is valid, and the same command goes on.
python3 - ../many/1 <<'EOF'
import os, sys
os.makedirs(sys.argv[1])
open(sys.argv[1] + "/meta.yaml", "w").write("experiment_id: '1'\nname: many\n")
for i in range(1500):
    run = f"{sys.argv[1]}/{i:032x}"
    for folder in ("metrics", "params", "tags"):
        os.makedirs(f"{run}/{folder}")
    open(run + "/meta.yaml", "w").write(
        f"run_id: '{i:032x}'\nstatus: 3\nstart_time: {1700000000000 + i}\nend_time: null\n"
        f"lifecycle_stage: active\nartifact_uri: /gone/1/{i:032x}/artifacts\n")
    open(run + "/tags/mlflow.runName", "w").write("trial")
    open(run + "/params/eta", "w").write(str(i / 1000))
    open(run + "/metrics/loss", "w").write(f"1700000000000 {i / 7} 0\n")
EOF
rm -rf .reprise && reprise init >/dev/null
for wait in 0.1 0.3 0.6 1.2; do
  timeout -s KILL "$wait" "$REPRISE" import --format mlflow ../many >/dev/null 2>&1 || true
  reprise fsck >/dev/null || fail "a killed import left damage"
done
expect 0 reprise import --format mlflow ../many
expect 0 reprise import --format mlflow ../many --json
is "0 1500" "$(json 'str(d["import"]["runs"]) + " " + str(d["import"]["skipped"]["present"])' \
  <<<"$out")"
expect 0 reprise runs --limit 2000 --json
is "1500 1500" "$(json 'str(len(d["runs"])) + " " + str(len({r["name"] for r in d["runs"]}))' \
  <<<"$out")"
is "0" "$(find .reprise/inbox -mindepth 1 | wc -l)"
expect 0 reprise fsck --read-data
