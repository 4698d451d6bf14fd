# A folder that was added, and of which a run wrote a piece by itself: its bundle proves that too.
. "$(dirname "$0")/lib.sh"

expect 0 reprise init
mkdir -p model/deep
echo weights >model/deep/weights.bin
echo card >model/card.md
expect 0 reprise add model
expect 0 reprise run -n train --capture declared -o weights.bin -- sh -c 'echo weights >weights.bin'
expect 0 reprise model register scorecard model
for subject in scorecard@1 scorecard; do
  bundle=../bundle_of_$subject
  expect 0 reprise audit export "$subject" -o "$bundle"
  # The run is upstream of it, by the file.
  says "$(<"$bundle/report.json")" '"part_of"'
  says "$(<"$bundle/report.json")" '"name": "train"'
  expect 0 reprise audit verify "$bundle"
  expect 0 python3 -B "$bundle/verify.py" "$bundle"
done
