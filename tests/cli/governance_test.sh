# Keys, evidence, signatures and the policy that decides who may promote what.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/people.sh"

reprise init >/dev/null
reprise run -n train --capture declared -p eta=0.1 -o m.bin -- sh -c 'echo m >m.bin' 2>/dev/null
reprise model register scorecard train 2>/dev/null
cat >policy.toml <<'P'
version = 1
name = "Scorecards"

[[promotion]]
to = "qa"
approvals = [{ role = "validator" }, { role = "owner" }]
evidence = [{ kind = "validation", max_age_days = 90 }]
require = ["params.eta <= 0.2"]
override = [{ role = "cro" }]
P
expect 0 reprise policy show
says "$err" "no policy is set"
sed s/approvals/aprovals/ policy.toml >wrong.toml
expect 2 reprise policy set wrong.toml
says "$err" "wrong.toml:6: there is no key 'aprovals' in [[promotion]]; did you mean approvals?"
expect 3 reprise policy set nothing.toml
expect 0 reprise policy set policy.toml
expect 2 reprise policy set policy.toml
expect 0 reprise policy show
is "$(cat policy.toml)" "$out"
expect 1 reprise policy check scorecard@1 --to qa --json
is '[false, true, true, false, false]' "$(json '[i["met"] for i in d["items"]]' <<<"$out")"
expect 1 reprise model promote scorecard@1 --to qa --reason go
says "$err" "MISSING  an approval as owner"
expect 1 reprise model promote scorecard@1 --to production --reason go
says "$err" "has none"

# Keys: made, told, trusted.  The private one is its owner's, and encrypted.
expect 0 reprise key new ada --unencrypted
ada=$out
expect 2 reprise key new ada --unencrypted
says "$err" "there is a key 'ada'"
expect 2 reprise key new 'a b' --unencrypted
expect 2 setsid "$REPRISE" key new bob </dev/null
says "$err" "--passphrase-fd"
expect 0 reprise key new bob --passphrase-fd 3 3<<<'open sesame'
is 600 "$(stat -c %a "$XDG_CONFIG_HOME/reprise/keys/bob.key")"
is 700 "$(stat -c %a "$XDG_CONFIG_HOME/reprise/keys")"
grep -q 'BEGIN ENCRYPTED PRIVATE KEY' "$XDG_CONFIG_HOME/reprise/keys/bob.key"
is "$ada" "$(openssl pkey -pubin -in "$XDG_CONFIG_HOME/reprise/keys/ada.pub" -outform DER |
  sha256sum | cut -d' ' -f1)"
expect 2 reprise key trust ada --owner ada --name 'Ada Lovelace'
says "$err" "--role is missing"
expect 3 reprise key trust carl --owner carl --name Carl --role owner
expect 2 reprise key trust policy.toml --owner ada --name 'Ada Lovelace' --role validator
sign() { reprise sign scorecard@1 --stage qa --decision approve --reason fine "$@"; }
expect 2 sign --role validator --key ada
says "$err" "is not trusted in this store"
expect 0 reprise key trust ada --owner ada --name 'Ada Lovelace' --role validator
expect 2 reprise key trust ada --owner ada --name 'Ada Lovelace' --role validator
expect 0 reprise key export bob
echo "$out" >bob.pem
expect 0 reprise key trust bob.pem --owner bob --name 'Bob B' --role owner --role cro
expect 0 reprise key list --json
is '[["ada", "valid"], ["bob", "valid"]]' \
  "$(json '[[k["owner"], k["state"]] for k in d["keys"]]' <<<"$out")"

# Evidence, and signatures that name it.
echo '{"auc": 0.8}' >report.json
expect 2 reprise evidence add scorecard@1 --kind validaton report.json
says "$err" "did you mean validation?"
expect 3 reprise evidence add scorecard@1 --kind validation nothing.json
expect 0 reprise evidence add scorecard@1 --kind validation report.json --reason yearly
expect 2 reprise evidence add scorecard@1 --kind validation report.json
expect 0 reprise evidence list scorecard@1 --json
is '["validation"]' "$(json '[e["kind"] for e in d["evidence"]]' <<<"$out")"
expect 2 sign --role validator
says "$err" "you have several keys (ada, bob)"
expect 2 sign --role owner --key ada
says "$err" "its roles are validator"
expect 0 sign --role validator --key ada
expect 2 sign --role owner --key bob --passphrase-fd 3 3<<<'wrong'
says "$err" "the pass phrase is wrong"

# A signature that is made elsewhere.
expect 0 sign --role owner --key bob --detached statement.bin
openssl dgst -sha256 -sign "$XDG_CONFIG_HOME/reprise/keys/bob.key" -passin 'pass:open sesame' \
  -out statement.sig statement.bin
sed 's/fine/evil/' statement.bin >changed.bin
expect 2 reprise sign --signed-bytes changed.bin --signature statement.sig
expect 0 reprise sign --signed-bytes statement.bin --signature statement.sig
expect 0 reprise policy check scorecard@1 --to qa

# New evidence voids both; an emergency is its own decision.
echo more >more.txt
reprise evidence add scorecard@1 --kind document more.txt 2>/dev/null
expect 1 reprise policy check scorecard@1 --to qa
says "$out" "the evidence has changed since"
expect 1 reprise model promote scorecard@1 --to qa --reason go --override
reprise sign scorecard@1 --stage qa --role cro --decision override --reason outage --key bob \
  --passphrase-fd 3 3<<<'open sesame' 2>/dev/null
expect 1 reprise model promote scorecard@1 --to qa --reason go
expect 0 reprise model promote scorecard@1 --to qa --reason go --override
says "$err" "in an emergency"
expect 0 reprise model show scorecard@1 --json
json 'd["versions"][0]["changes"][0]' <<<"$out" >change.json
is '[true, 1]' "$(json '[d["override"], len(d["statements"])]' <change.json)"

# The newest card is what the inventory says.
printf 'purpose = "credit"\nintended_use = "new customers"\nowner = "Risk"\ntier = "1"\n' >card.toml
expect 2 reprise evidence add scorecard@1 --kind model_card policy.toml
says "$err" "policy.toml:2: there is no key 'name'"
expect 0 reprise evidence add scorecard@1 --kind model_card card.toml
expect 0 reprise models
says "$out" Risk
expect 0 reprise models --json
is '["Risk", 3, 3]' "$(json '[d["models"][0]["card"]["owner"], len(d["models"][0]["evidence"]),
                              len(d["models"][0]["statements"])]' <<<"$out")"
expect 0 reprise model show scorecard@1
says "$out" "Ada Lovelace, validator: approve development → qa: fine"

# Who comes back to a stage leaves it again on new signatures.
cat >back.toml <<'P'
version = 1
name = "There and back"

[[promotion]]
to = "development"

[[promotion]]
to = "qa"
approvals = [{ role = "validator" }]
P
reprise policy set back.toml 2>/dev/null
move() { reprise model promote scorecard@1 --to "$1" --reason move; }
expect 0 move development
expect 0 signs ada validator approve scorecard@1 qa
expect 0 move qa
expect 0 move development
expect 1 move qa
says "$err" "as it was given before the last move"
expect 0 signs ada validator approve scorecard@1 qa
expect 0 move qa

# A lost key counts no longer.
expect 2 reprise key revoke ada
expect 0 reprise key revoke "${ada:0:12}" --reason 'laptop stolen'
expect 2 reprise key revoke ada --reason again
expect 0 reprise key list
says "$out" revoked
expect 0 reprise fsck --rebuild-index
expect 0 reprise model show scorecard@qa
