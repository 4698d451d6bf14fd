# Whose approval is independent is asked of the whole store, also where a bundle has a part of it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/people.sh"

reprise init >/dev/null
reprise run -n train --capture declared -o m.bin -- sh -c 'echo m >m.bin' 2>/dev/null
reprise model register scorecard train 2>/dev/null
trusted_person ada 'Ada Lovelace' validator
signs ada validator approve scorecard@1 qa
cat >ours.toml <<'T'
version = 1
name = "ours"
title = "Our rules"
dated = "2026-05-31"
basis = "ourselves"

[[requirement]]
id = "1"
text = "a second pair of eyes"
facts = ["approvals.independent"]
T
state() { json 'd["requirements"][0]["rows"][0]["state"]' <"$1/report.json"; }
export_of_train() {
  expect 0 reprise audit export train -o "$1" --requirements ours.toml
  expect 0 reprise audit verify "$1"
}

export_of_train ../before
is recorded "$(state ../before)"

# Ada made the same bytes, in a run that is not upstream of the other, nor in its bundle.
REPRISE_ACTOR=ada reprise run -n same --capture declared -o n.bin -- sh -c 'echo m >n.bin' \
  2>/dev/null
export_of_train ../after
is '[]' "$(json 'd["upstream"] + d["reruns"]' <../after/report.json)"
is missing "$(state ../after)"

# Nor where the record of her run is lost, so that nobody knows that she did: the newest pack.
rm "$(find .reprise/packs -name '*.pack' -printf '%f %p\n' | sort | tail -1 | cut -d' ' -f2)"
rm -r .reprise/catalog
export_of_train ../lost
is missing "$(state ../lost)"
says "$(json 'd["missing"]' <../lost/report.json)" "no approval of it is known to be independent"
says "$(json 'd["missing"]' <../lost/report.json)" "(run 01"
expect 4 reprise model promote scorecard@1 --to qa --reason go
says "$err" "(run 01"
says "$err" "cannot be read, and may forbid that scorecard@1 moves"
expect 4 reprise model show scorecard@1
says "$out" "Ada Lovelace"
