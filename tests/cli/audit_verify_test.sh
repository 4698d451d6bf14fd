# Checking audit bundles with the command: what verify.py says, without Python, openssl or a store.
. "$(dirname "$0")/lib.sh"

verify_py() { python3 -B "$1/verify.py" "$@"; }

reprise init >/dev/null
echo 1 >data
expect 0 reprise run -n base -i data -o model -- sh -c 'cat data >model'
expect 0 reprise run -n top -i model -o score -- sh -c 'cat model >score'
reprise ledger checkpoint >../checkpoint
reprise ledger key | head -1 >../key
expect 0 reprise note top 'looked at'
expect 0 reprise audit export top -o ../bundle
key=$(cat ../key)
mv ../project ../store
mkdir ../empty
cd ../empty

# Where there is no store, it says what verify.py says, line by line.
expect 0 reprise audit verify ../bundle
said=$out
expect 0 verify_py ../bundle
is "$said" "$out"
says "$out" 'self-consistent, unanchored'
expect 0 reprise audit verify ../bundle --trust "$key" --since ../checkpoint
said=$out
expect 0 verify_py ../bundle --trust "$key" --since ../checkpoint
is "$said" "$out"
says "$out" 'anchored by a key that you trust and the checkpoint that you kept, of 2 entries'
says "$out" 'note (1)'
cd ../bundle
expect 0 reprise audit verify . --quiet
cd ../empty

# One JSON record.
expect 0 reprise audit verify ../bundle --json --trust "$key"
is true "$(json 'd["ok"]' <<<"$out")"
is files "$(json 'd["checks"][0]["name"]' <<<"$out")"
is "$key" "$(json 'd["key"]' <<<"$out")"
is '["a key that you trust"]' "$(json 'd["anchors"]' <<<"$out")"

# Fingerprints, and files of keys.
fingerprint=$(json 'd["fingerprint"]' <<<"$out")
expect 0 reprise audit verify ../bundle --trust "$fingerprint"
says "$out" 'anchored by a key that you trust'
printf '# ours\n\n%s\n' "$key" >../keys
expect 0 reprise audit verify ../bundle --trusted-keys ../keys
says "$out" 'anchored by a key that you trust'
expect 1 reprise audit verify ../bundle --trust "sha256:$(printf '0%.0s' $(seq 64))"
says "$out" 'FAILED  anchor     the log is signed by a key that you do not trust'

# Archives: as python makes them, compressed or not, of the folder or of what is in it.
python3 - ../bundle <<'PY'
import os, sys, zipfile
for name, method, outer in (("stored", zipfile.ZIP_STORED, ""),
                            ("deflated", zipfile.ZIP_DEFLATED, "bundle/")):
    with zipfile.ZipFile(f"../{name}.zip", "w", method) as archive:
        for place, _, names in sorted(os.walk(sys.argv[1])):
            for each in sorted(names):
                path = os.path.join(place, each)
                archive.write(path, outer + os.path.relpath(path, sys.argv[1]))
PY
for archive in stored deflated; do
  expect 0 reprise audit verify ../$archive.zip --since ../checkpoint
  says "$out" 'anchored by the checkpoint that you kept'
done
head -c 1000 ../stored.zip >../cut.zip
expect 1 reprise audit verify ../cut.zip
says "$out" 'neither a folder nor an archive'

# What was changed is named, with exit status 1; nothing else is checked then.
cp -r ../bundle ../changed
printf x >>../changed/data/params.csv
expect 1 reprise audit verify ../changed
is 'FAILED  files      data/params.csv is not what SHA256SUMS says: it was changed' "$out"
is '' "$err"
expect 1 reprise audit verify ../changed --json
is false "$(json 'd["ok"]' <<<"$out")"
is '["files"]' "$(json '[c["name"] for c in d["checks"]]' <<<"$out")"
is signature "$(json 'd["not_made"][0]' <<<"$out")"
(cd ../changed && find . -type f ! -name 'SHA256SUMS*' -printf '%P\n' | LC_ALL=C sort |
  xargs sha256sum >SHA256SUMS)
expect 1 reprise audit verify ../changed
says "$out" 'FAILED  signature  SHA256SUMS is not the one that was signed'
ln -s /etc/passwd ../bundle/link
expect 1 reprise audit verify ../bundle
says "$out" "'link' is no regular file"
rm ../bundle/link
expect 1 reprise audit verify .
says "$out" 'FAILED  files      SHA256SUMS is missing'
expect 1 reprise audit verify ../checkpoint
says "$out" 'neither a folder nor an archive'

# What is not there, and what cannot be meant.
expect 3 reprise audit verify ../none
says "$err" 'there is no bundle to check'
expect 3 reprise audit verify ../none --json
is not_found "$(json 'd["error"]["code"]' <<<"$out")"
expect 3 reprise audit verify ../bundle --since ../none
expect 3 reprise audit verify ../bundle --trusted-keys ../none
expect 3 reprise audit verify ../bundle --tsa-ca ../none
for arguments in '' '../bundle ../bundle' '../bundle --trust nonsense' \
  '../bundle --trust sha256:12' \
  "../bundle --trust ${key%?}" '../bundle --witness nonsense' "../bundle --witness $key" \
  '../bundle --quorum 1' '../bundle --quorum x' '../bundle --tsa-ca ../checkpoint' \
  '../bundle --trusted-keys ../checkpoint' '../bundle --trusted-keys /dev/null'; do
  # shellcheck disable=SC2086  # Several words.
  expect 2 reprise audit verify $arguments
done
expect 2 reprise audit verify ../bundle --trust ''
expect 2 reprise audit verify ''
expect 1 reprise audit verify ../bundle --since /dev/null
says "$out" 'FAILED  anchor     the checkpoint that you kept is no signed note'
