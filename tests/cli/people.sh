# People with keys, and what they sign.  A test sources this file after lib.sh.

export XDG_CONFIG_HOME=$work/config

# trusted_person OWNER NAME ROLE…: has a key without a pass phrase, which the store trusts.
trusted_person() {
  local owner=$1 name=$2 role roles=()
  shift 2
  for role; do roles+=(--role "$role"); done
  reprise key new "$owner" --unencrypted >/dev/null 2>&1
  reprise key trust "$owner" --owner "$owner" --name "$name" "${roles[@]}" 2>/dev/null
}

# signs OWNER ROLE DECISION VERSION STAGE [REASON]
signs() {
  reprise sign "$4" --stage "$5" --role "$2" --key "$1" --decision "$3" --reason "${6:-fine}" \
    2>/dev/null
}
