# Models are registered, move from stage to stage, and say why.
. "$(dirname "$0")/lib.sh"

reprise init >/dev/null
expect 0 reprise models
says "$err" "no models yet"
reprise run -n train --capture declared -o m.bin -o log.txt -- \
  sh -c 'echo m >m.bin; echo l >log.txt' 2>/dev/null

expect 2 reprise model register scorecard train
says "$err" "train:log.txt"
expect 0 reprise model register scorecard train:m.bin --reason 'the first'
says "$err" "scorecard@1"
expect 0 reprise model register scorecard m.bin --json
is 2 "$(json 'd["model"]["version"]' <<<"$out")"
echo other >other.bin
expect 3 reprise model register scorecard other.bin
expect 2 reprise model register 'a b' m.bin
expect 3 reprise model register scorecard nothing

expect 2 reprise model promote scorecard@1 --to qa
says "$err" "--reason is missing"
expect 2 reprise model promote scorecard@1 --reason because
expect 2 reprise model promote scorecard --to qa --reason because
expect 3 reprise model promote scorecard@9 --to qa --reason because
expect 3 reprise model promote unknown@1 --to qa --reason because
expect 0 reprise model promote scorecard@1 --to qa --reason 'passes validation'
expect 2 reprise model promote scorecard@1 --to qa --reason again
expect 0 reprise model show scorecard@qa --json
run=$(json 'd["versions"][0]["run"]' <<<"$out")
is train "$(reprise show "$run" --json | json 'd["run"]["name"]')"
is 'passes validation' "$(json 'd["versions"][0]["changes"][0]["reason"]' <<<"$out")"
expect 0 reprise cat scorecard@qa
is m "$out"
expect 0 reprise models --json
is '["development", "qa"]' "$(json '[m["stage"] for m in d["models"]]' <<<"$out")"

expect 0 reprise model retire scorecard@1 --reason 'replaced'
expect 3 reprise cat scorecard@qa
expect 2 reprise model promote scorecard@1 --to qa --reason back
expect 0 reprise ledger show --json
is 5 "$(json 'len(d["entries"])' <<<"$out")"
expect 0 reprise fsck --rebuild-index
expect 0 reprise model show scorecard
says "$out" "qa → retired"
expect 0 reprise ledger verify
