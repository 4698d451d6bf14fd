# Metrics as a picture, and large pictures of lineage folded; the runs are those of an import, which
# are quick to make.
. "$(dirname "$0")/lib.sh"

python3 - ../many/1 <<'PYTHON'
import os, sys
os.makedirs(sys.argv[1])
open(sys.argv[1] + "/meta.yaml", "w").write("experiment_id: '1'\nname: sweep\n")
for i in range(250):
    run = f"{sys.argv[1]}/{i:032x}"
    for folder in ("metrics", "tags", "artifacts"):
        os.makedirs(f"{run}/{folder}")
    open(run + "/meta.yaml", "w").write(
        f"run_id: '{i:032x}'\nstatus: 3\nstart_time: {1700000000000 + i}\nend_time: null\n"
        f"lifecycle_stage: active\nartifact_uri: /gone/1/{i:032x}/artifacts\n")
    open(run + "/tags/mlflow.runName", "w").write(f"trial-{i}")
    open(run + "/artifacts/shared.txt", "w").write("the same in all\n")
    with open(run + "/metrics/loss", "w") as loss:
        for step in range(20):
            value = "nan" if step == 9 else 1 / (step + 1 + i)
            loss.write(f"{1700000000000 + step} {value} {step}\n")
PYTHON
reprise init >/dev/null
expect 0 reprise import --format mlflow ../many

# Two runs in one chart, with a gap in each line; well-formed, and not twice over one file.
expect 0 reprise metrics trial-0 trial-1 loss --svg -o ../loss.svg
is "" "$out"
python3 -c 'import sys, xml.dom.minidom as x; x.parse(sys.argv[1])' ../loss.svg
svg=$(cat ../loss.svg)
says "$svg" ">trial-0</text>"
says "$svg" ">trial-1</text>"
is "4" "$(grep -c '<polyline' ../loss.svg)"
expect 2 reprise metrics trial-0 --svg -o ../loss.svg
says "$err" "is there already"
expect 0 reprise metrics trial-0 --svg --log
says "$out" "<svg xmlns"
expect 0 reprise metrics trial-0 --svg -o ../json.svg --json
is '["loss"]' "$(json 'd["metrics"]' <<<"$out")"
expect 2 reprise metrics trial-0 --svg --json
expect 2 reprise metrics trial-0 --svg --csv
expect 2 reprise metrics trial-0 --log
expect 3 reprise metrics trial-0 nothing --svg
says "$err" "'nothing' is no metric of trial-0 and no run"
expect 2 reprise metrics trial-0 --svg -o ""
expect 2 reprise metrics trial-0 --svg -o .reprise/x.svg

# 250 runs that made one file are one node for people, and 250 for programs.
shared=$(reprise show trial-0 --json | json 'd["run"]["outputs"][0]["digest"]')
expect 0 reprise lineage up "$shared"
says "$out" "×250 runs of sweep"
for format in dot mermaid svg; do
  expect 0 reprise lineage up "$shared" --format "$format"
  says "$out" "×250 runs of sweep"
done
expect 0 reprise lineage up "$shared" --format json
is "251" "$(json 'len(d["nodes"])' <<<"$out")"
