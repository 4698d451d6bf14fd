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
says "$err" "'other.bin'"
says "$err" '`reprise add other.bin` stores it'
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

# Whoever asks about the content is told which model it is, and in which stage.
for command in show whence; do
  expect 0 reprise $command m.bin
  says "$out" 'model       scorecard@1, qa'
  says "$out" 'model       scorecard@2, development'
done
expect 0 reprise show m.bin --json
is '[["scorecard", 1, "qa", null], ["scorecard", 2, "development", null]]' "$(json \
  '[[m["name"], m["version"], m["stage"], m["path"]] for m in d["artifact"]["models"]]' <<<"$out")"
expect 0 reprise show scorecard@2
says "$out" 'scorecard@2, development'
expect 0 reprise show log.txt --json
is '[]' "$(json 'd["artifact"]["models"]' <<<"$out")"
mkdir folder
echo inner >folder/inner.bin
reprise add folder >/dev/null 2>&1
expect 0 reprise model register bundle folder
expect 0 reprise show folder/inner.bin
says "$out" 'model       bundle@1, development, as inner.bin in it'
# A name alone is none of its versions.
for command in show whence 'lineage up' 'lineage down' 'lineage impact' cat; do
  # shellcheck disable=SC2086  # Two words.
  expect 3 reprise $command scorecard
  says "$err" "'scorecard' is a model, and one of its versions is needed: scorecard@2 is the newest"
done

expect 0 reprise model retire scorecard@1 --reason 'replaced'
expect 3 reprise cat scorecard@qa
expect 2 reprise model promote scorecard@1 --to qa --reason back
expect 0 reprise ledger show --json
is 7 "$(json 'len(d["entries"])' <<<"$out")"
expect 0 reprise fsck --rebuild-index
expect 0 reprise model show scorecard
says "$out" "qa → retired"
expect 0 reprise ledger verify
