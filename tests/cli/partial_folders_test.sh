# Folders with very many files are linked in part, and who asks is told.
. "$(dirname "$0")/lib.sh"

reprise init >/dev/null
mkdir many
python3 -c '
for i in range(100_050): open(f"many/{i:06}", "w").write(str(i))'
printf 'whatever\n' >score.txt
reprise run -n wide -i many -o score.txt -- true 2>/dev/null
for asked in 'down many/100049' 'down many/000001' 'up wide' 'down many' 'impact many/100049' \
             'path many/000001 score.txt'; do
  # shellcheck disable=SC2086  # Two words.
  expect 0 reprise lineage $asked --json
  is 1 "$(json 'len(d["partial"])' <<<"$out")"
  says "$err" 'there may be more than is told'
done
mv many ..  # Not code of the next run.
reprise run -n small -o small.txt -- sh -c 'echo small >small.txt' 2>/dev/null
expect 0 reprise lineage up small --json
is '[]' "$(json 'd["partial"]' <<<"$out")"
expect 0 reprise whence ../many/100049
says "$out" 'used by     wide'
