# A sealed run as a container image: the same bytes each time, with all that the run used as it was,
# and the command gives the same result in it.
. "$(dirname "$0")/lib.sh"

reprise init >/dev/null
long=$(printf 'n%.0s' $(seq 90))
mkdir -p "data/$long/$long/$long" "data/two words"
echo 3 >"data/two words/a b"
echo 1 >"data/$(printf 'new\nline')"
echo 2 >"data/$(printf 'raw\377')"
echo 5 >"data/$long"x
echo 4 >"data/$long/$long/$long/deep$(printf '\377')"
ln -s "two words" data/link
ln -s "$work/else" data/"$(printf 'target\377')"
touch -d '2020-02-02 02:02:02.5' "data/two words/a b"
python=$(python3 -c 'import os, sys; print(os.path.realpath(sys.executable))')
cat >job.sh <<'EOF'
#!/bin/sh
cd "$(dirname "$0")" || exit 1
find data -type f -exec cat {} + | sort >sorted.txt
"$1" sum.py "$3" <sorted.txt >"$2"
EOF
cat >sum.py <<'EOF'
import bisect, os, sys
assert os.environ["REPRISE_PARAM_K"] == sys.argv[1]
print(sum(int(line) for line in sys.stdin) * int(sys.argv[1]), os.getcwd())
EOF
chmod 750 job.sh
expect 0 env LANG=C.UTF-8 "$REPRISE" run -n first -p k=3 -i data -o result -- \
  ./job.sh "$python" result {k}
result=$(sha256sum <result)

# The same bytes, whoever asks and when; also when the catalog was lost.
expect 0 reprise export first --format oci -o ../a.tar
says "$out" "wrote the image of first to $work/a.tar"
expect 0 reprise export first --format oci -o ../b.tar
cmp ../a.tar ../b.tar
rm ../b.tar
expect 0 reprise fsck --rebuild-index
expect 0 reprise export first --format oci -o ../b.tar --json
cmp ../a.tar ../b.tar
is oci "$(json 'd["export"]["format"]' <<<"$out")"
is "$(stat -c %s ../b.tar)" "$(json 'd["export"]["size_bytes"]' <<<"$out")"
is '["system", "project"]' "$(json '[l["name"] for l in d["export"]["layers"]]' <<<"$out")"
manifest=$(json 'd["export"]["manifest_digest"]' <<<"$out")
system=$(json 'd["export"]["layers"][0]["digest"]' <<<"$out")

# Every blob is what its name says, and the layers are what the closure says.
reprise cat "$(reprise show first --json | json 'd["run"]["capture"]["closure"]')" >../closure.json
cat >../check.py <<'EOF'
import base64, gzip, hashlib, io, json, os, sys, tarfile

archive = tarfile.open(sys.argv[1])
files = {m.name: archive.extractfile(m).read() for m in archive if m.isfile()}
assert json.loads(files["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}


def blob(descriptor):
    content = files["blobs/sha256/" + descriptor["digest"].removeprefix("sha256:")]
    assert "sha256:" + hashlib.sha256(content).hexdigest() == descriptor["digest"]
    assert len(content) == descriptor["size"]
    return content


index = json.loads(files["index.json"])
assert index["manifests"][0]["digest"] == sys.argv[3], index
assert index["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"] == "reprise:first"
manifest = json.loads(blob(index["manifests"][0]))
config = json.loads(blob(manifest["config"]))
assert len(manifest["layers"]) + 2 == sum(name.startswith("blobs/") for name in files)
assert config["config"]["WorkingDir"] == sys.argv[4]
assert config["config"]["Cmd"] == ["./job.sh", sys.argv[5], "result", "3"], config["config"]["Cmd"]
assert "REPRISE_PARAM_K=3" in config["config"]["Env"] and "LANG=C.UTF-8" in config["config"]["Env"]
assert config["os"] == "linux" and config["architecture"] in ("amd64", "arm64")

entries = {}
for descriptor, diff_id in zip(manifest["layers"], config["rootfs"]["diff_ids"], strict=True):
    content = blob(descriptor)
    if descriptor["mediaType"].endswith("+gzip"):
        content = gzip.decompress(content)
    if not descriptor["mediaType"].endswith("+zstd"):
        assert "sha256:" + hashlib.sha256(content).hexdigest() == diff_id
        layer = tarfile.open(fileobj=io.BytesIO(content))
        members = layer.getmembers()
        assert [m.name for m in members] == sorted({m.name for m in members}, key=os.fsencode)
        for m in members:
            assert m.uid == m.gid == 0 and m.uname == m.gname == ""
            digest = hashlib.sha256(layer.extractfile(m).read()).hexdigest() if m.isfile() else ""
            assert os.fsencode("/" + m.name) not in entries, m.name
            entries[os.fsencode("/" + m.name)] = (m, digest)


def raw(value):
    return base64.b64decode(value["value"]) if isinstance(value, dict) else value.encode()


checked = 0
closure = json.load(open(sys.argv[2]))
for file in closure["files"] if entries else []:
    if file["class"] in ("device", "kernel") or file["path"] == "/":
        continue
    member, digest = entries[raw(file["path"])]
    if file["kind"] == "file":
        assert member.isfile() and "sha256:" + digest == file["digest"], file
        assert member.mode == file["mode"] and member.size == int(file.get("size_bytes", 0)), file
        assert member.mtime == int(file["modified_at_unix_ns"]) // 10**9, file
    elif file["kind"] == "folder":
        assert member.isdir() and member.mode == file["mode"], file
    else:
        assert member.issym() and os.fsencode(member.linkname) == raw(file["target"]), file
    checked += 1
for missing in closure["missing"] if entries else []:
    assert raw(missing) not in entries, missing
print(checked)
EOF
check() { LC_ALL=C.UTF-8 python3 ../check.py "$1" ../closure.json "$2" "$PWD" "$python"; }
[ "$(check ../a.tar "$manifest")" -gt 20 ] || fail "the image holds next to nothing"
for compression in gzip zstd; do
  expect 0 reprise export first --format oci -o "../$compression.tar" --compression $compression \
    --json
  is "application/vnd.oci.image.layer.v1.tar+$compression" \
    "$(json 'd["export"]["layers"][1]["media_type"]' <<<"$out")"
  is "$system" "$(json 'd["export"]["layers"][0]["diff_id"]' <<<"$out")"
  check "../$compression.tar" "$(json 'd["export"]["manifest_digest"]' <<<"$out")" >/dev/null
done

# Another run of the same environment has the same layer of the system.
expect 0 env LANG=C.UTF-8 "$REPRISE" run -n second -p k=4 -i data -o result -- \
  ./job.sh "$python" result {k}
expect 0 reprise export second --format oci -o ../second.tar --json
is "$system" "$(json 'd["export"]["layers"][0]["digest"]' <<<"$out")"
[ "$manifest" != "$(json 'd["export"]["manifest_digest"]' <<<"$out")" ] ||
  fail "two runs have one image"

# Unpacked by GNU tar it is a root in which the command gives the same result.
mkdir ../layout ../root
tar -C ../layout -xf ../a.tar
for layer in $(tar -xOf ../a.tar manifest.json | json '" ".join(d[0]["Layers"])'); do
  tar -C ../root -xpf "../layout/$layer" 2>"$work/err" || fail "$(cat "$work/err")"
  # Of names that are neither short nor UTF-8 POSIX wants to be told; GNU tar does not know how.
  if grep -v "unknown extended header keyword 'hdrcharset'" "$work/err"; then
    fail "GNU tar warns"
  fi
done
[ ! -e "../root$PWD/result" ] || fail "a result of the run is in the image"
diff -r --no-dereference data "../root$PWD/data"
is "2020-02-02 02:02:02.000000000 +0000" "$(stat -c %y "../root$PWD/data/two words/a b")"
is 750 "$(stat -c %a "../root$PWD/job.sh")"
enter=()
[ "$(id -u)" -eq 0 ] || enter=(unshare -r)
if "${enter[@]}" python3 -c "import os; os.chroot(\"/\")" 2>/dev/null; then
  environment=$(python3 - ../a.tar <<'EOF'
import json, shlex, sys, tarfile
archive = tarfile.open(sys.argv[1])
docker = json.load(archive.extractfile("manifest.json"))
config = json.load(archive.extractfile(docker[0]["Config"]))["config"]
print(shlex.join(config["Env"]))
EOF
  )
  eval "variables=($environment)"
  # Only what is in the root runs: not even a shell of the host starts it.
  cat >../enter.py <<'EOF'
import os, sys
end = sys.argv.index("--")
os.chroot(sys.argv[1])
os.chdir(sys.argv[2])
os.execve(sys.argv[end + 1], sys.argv[end + 1:], dict(v.split("=", 1) for v in sys.argv[3:end]))
EOF
  "${enter[@]}" python3 ../enter.py ../root "$PWD" "${variables[@]}" -- \
    ./job.sh "$python" result 3 || fail "the command fails in the image"
  is "$result" "$(sha256sum <"../root$PWD/result")"
else
  echo "not run in the image: neither root nor user namespaces" >&2
fi

# What is refused, and that nothing is left of it.
before=$(ls -A ..)
expect 2 reprise export first --format oci -o ../a.tar
says "$err" "a.tar' exists already"
expect 2 reprise export first --format oci -o -
expect 2 reprise export first --format oci -o .reprise/x
expect 2 reprise export first --format oci
expect 2 reprise export first -o ../x
expect 2 reprise export first --format docker -o ../x
says "$err" "got 'docker'"
expect 2 reprise export first --format oci -o ../x --compression lzma
expect 3 reprise export nobody --format oci -o ../x
expect 3 reprise export first --format oci -o ../not/there/x
reprise run -n declared --capture declared -- true 2>/dev/null
expect 3 reprise export declared --format oci -o ../x
says "$err" "run declared was not traced"
reprise run -n observed -p k=3 --capture observed -- ./job.sh "$python" result {k} 2>/dev/null
expect 3 reprise export observed --format oci -o ../x
says "$err" "would not be whole"
says "$err" "--allow-missing"
is "$before" "$(ls -A ..)"
expect 0 reprise export observed --format oci -o ../partial.tar --allow-missing
says "$err" "the image is not whole"
tar -xOf ../partial.tar --wildcards 'blobs/sha256/*' | grep -a -q '"org.reprise.missing":"\[' ||
  fail "what is missing is not named in the image"

# Damage is never passed off as content.
python3 - <<'EOF'
import glob
for path in glob.glob(".reprise/packs/*/*.pack"):
    with open(path, "r+b") as pack:
        pack.seek(0, 2)
        middle = pack.tell() // 2
        pack.seek(middle)
        byte = pack.read(1)
        pack.seek(middle)
        pack.write(bytes([byte[0] ^ 255]))
EOF
expect 4 reprise export first --format oci -o ../damaged.tar
is "" "$(find .. -maxdepth 1 -name 'damaged*')"
