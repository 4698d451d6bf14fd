# Bundles about models: what was signed and decided travels with them, and is checked.
. "$(dirname "$0")/lib.sh"
export XDG_CONFIG_HOME=$work/config

reprise init >/dev/null
reprise run -n prepare --capture declared -o d.csv -- sh -c 'printf "a,b\n1,2\n" >d.csv' \
  2>/dev/null
reprise run -n train -e credit --capture declared -p eta=0.1 -i d.csv -o m.bin -- \
  sh -c 'echo m >m.bin' 2>/dev/null
reprise run -n other -e credit --capture declared -i d.csv -o n.bin -- sh -c 'echo n >n.bin' 2>/dev/null
reprise note train 'a secret note' 2>/dev/null
cat >policy.toml <<'P'
version = 1
name = "Scorecards"

[[promotion]]
to = "qa"
approvals = [{ role = "validator" }, { role = "owner" }]
evidence = [{ kind = "validation", max_age_days = 90 }]
override = [{ role = "cro" }]

[[promotion]]
to = "production"
approvals = [{ role = "owner" }]
override = [{ role = "cro" }]
P
reprise policy set policy.toml 2>/dev/null
reprise model register scorecard train --reason 'first of its kind' 2>/dev/null
reprise model register scorecard other 2>/dev/null
echo external >external.bin
reprise add external.bin >/dev/null 2>&1
reprise model register bought external.bin 2>/dev/null
for who in ada bob carl; do reprise key new $who --unencrypted >/dev/null 2>&1; done
reprise key trust ada --owner ada --name 'Ada Lovelace' --role validator 2>/dev/null
reprise key trust bob --owner bob --name 'Bob B' --role owner --role cro 2>/dev/null
reprise key trust carl --owner carl --name 'Carl C' --role owner 2>/dev/null
cat >card.toml <<'C'
purpose = "credit"
intended_use = "new, and \"old\" customers"
owner = "Risk"
tier = "1"

[[finding]]
id = "F-1"
text = "thin files"
severity = "low"
state = "open"
C
mkdir report
echo '{"auc": 0.8}' >report/auc.json
reprise evidence add scorecard@1 --kind validation report --reason yearly 2>/dev/null
reprise evidence add scorecard@1 --kind model_card card.toml 2>/dev/null
sign() { # VERSION STAGE ROLE KEY DECISION [REASON]
  reprise sign "$1" --stage "$2" --role "$3" --key "$4" --decision "$5" --reason "${6:-fine}" \
    2>/dev/null
}
sign scorecard@1 qa validator ada approve
sign scorecard@1 qa owner bob approve
reprise model promote scorecard@1 --to qa --reason 'to be tried' 2>/dev/null
reprise ledger checkpoint >../kept
sign scorecard@1 production owner carl reject 'not yet'
sign scorecard@1 production cro bob override 'outage of the old one'
reprise model promote scorecard@1 --to production --reason now --override 2>/dev/null
expect 0 reprise key revoke carl --reason 'laptop \ stolen'

verify() { python3 -I "$1/verify.py" "$1" "${@:2}"; }

# A version with all that belongs to it.
expect 0 reprise audit export scorecard@1 -o ../bundle
expect 0 reprise audit export scorecard@production -o ../again
diff -r ../bundle ../again
expect 0 verify ../bundle
says "$out" "3 keys of people, 4 signed statements"
says "$out" "1 versions of models, 2 moves resting on 3 signatures"
says "$out" "person  Ada Lovelace (ada; validator)"
says "$out" "was ordered in an emergency"
says "$out" "by Carl C counts for nothing: its key was revoked (laptop"
says "$out" "of the 3 signatures that moves rest on, none is by keys of people that you brought"

# How much of it an auditor's own checkpoint and keys anchor.
expect 0 verify ../bundle --since ../kept
says "$out" "anchored by the checkpoint that you kept"
says "$out" "statement (2)"
openssl pkey -pubin -in "$XDG_CONFIG_HOME/reprise/keys/ada.pub" >../mine
expect 0 verify ../bundle --trusted-keys ../mine
says "$out" "of the 3 signatures that moves rest on, 1 are by keys of people that you brought"
says "$out" "a key that you did not bring, that of Bob B"
openssl pkey -pubin -in "$XDG_CONFIG_HOME/reprise/keys/bob.pub" -outform DER | sha256sum |
  cut -d' ' -f1 >>../mine
expect 0 verify ../bundle --trusted-keys ../mine
says "$out" "unanchored"
says "$out" "all are by keys of people that you brought"
