// What holds for several commands.

#include "tracker/cli/help.h"

namespace reprise::cli {
namespace {

constexpr const char* kRefs =
    R"(REF names a run or content:

  01JD…, or 4 characters or more of its start    a run's id
  brave-otter-7                                  a run's name (--name, else made up)
  @last, @last~2                                 the newest run, two before it
  credit@last, credit@last~1                     within an experiment
  credit@max:auc, credit@min:loss                the best finished run of an experiment,
                                                 by a metric's last value
  sha256:ab12…, or 8 digits or more of its start stored content
  path/on/disk                                   the content of that file or folder,
                                                 wherever it lies
  german-credit                                  the newest dataset of that name (add --name);
                                                 older ones by their digests
  scorecard@3, scorecard@production              a model's version, by number or by stage
                                                 (of several, the one that came there last)
  REF:PATH                                       an output of that run, else an input,
                                                 else a file of its code; in a folder, the
                                                 entry
  'REF#COLUMN'                                   a column of a table (CSV, TSV), for lineage
                                                 up and down; quoted, as # may begin a comment

Running runs count, with what they have reported so far. A dataset or model that is called
as a run or, with other content, a path is ambiguous: name the path as ./data, the others by
their id or digest.
)";

constexpr const char* kWhere =
    R"(--where EXPR keeps the runs for which EXPR is true:

  metrics.auc > 0.75 and params.eta <= 0.1
  status in (failed, killed) or not tags.reviewed = yes
  name like 'sweep-%' and started >= 7d
  params.'learning rate' = 0.1 and tags.owner is not null

  fields     metrics.KEY (the last value; metrics.KEY.min, .max, .count), params.KEY, tags.KEY,
             id, name, experiment, status, started, ended, duration (seconds, or 90m, 2h),
             exit_code, signal, commit, branch, dirty (true or false), host, actor
  operators  = != < <= > >=, ~ (contains), like (% any text, _ one character; case counts),
             in (…), is null; not in, not like, is not null
  joined by  and, or, not, parentheses; not binds tightest, then and, then or
  times      2026-11-23, '2026-11-23 18:00' (local, or with Z or +01:00), now, now-36h; 7d is
             seven days ago (s, m, h, d, w)

Numbers compare as numbers, anything else as text. Keys and values with spaces or other signs
stand in single or double quotes, in which the same quote twice is the quote itself; a quoted
value is text. A comparison is false for a run without the field. The whole language:
docs/where.md.
)";

constexpr const char* kJson =
    R"(Under --json a command prints one record on stdout, and every error is one too:
{"error": {"code", "message"}}. Keys may be added, never changed. What is absent is null.
Times are RFC 3339 in UTC, digests "sha256:<64 hex>", sizes bytes.

  run, show RUN, rerun
    {"run": {"id", "name", "experiment", "status": "running|finished|failed|killed|lost",
     "exit_code", "signal", "started_at", "ended_at", "document", "recipe", "command": [],
     "working_directory", "params": {}, "tags": {}, "notes": [{"time", "actor", "text"}],
     "code": {"commit", "branch", "dirty", "tree", "patch"}, "environment",
     "capture": {"level", "tracer", "blind_spots": []},
     "inputs": [{"path", "role", "kind": "file|folder", "digest", "size_bytes"}],
     "outputs": [as inputs], "missing_outputs": [], "evidence": [{"kind", "artifact"}],
     "metrics": {KEY: {"count", "last", "min", "max", "last_step"}}, "host", "actor",
     "redacted", "warnings": [], "reproduces", "derived_from", "ledger_sequence"}}
  show adds the verdicts of its reruns, or of the comparison that it was a rerun for
    "verdicts": [{"original", "reruns": [run id…], "result", "time", "actor", "on_host",
     "ledger_sequence"}], "proven_by": [run id…]
    and the files that it used and made, or null if it was not traced; with --files also each
    "files": {"classes": [{"class": "code|data|output|scratch|system|cache|secret|
     configuration|device|kernel|missing", "count", "size_bytes", "rules": [{"rule":
     {"pattern", "reason", "origin"}, "count", "size_bytes"}]}], "listed": null or [{"path",
     "class", "uses": ["looked_up|read|listed|executed|changed"], "size_bytes", "digest",
     "state": "stored|hashed|unread|unreadable|secret|volatile|absent|folder|link|special",
     "unstable", "rule": as above, or null where it was not recorded}]}
  run, and rerun when it retrains, add why the run is not in the ledger yet, or null
    "awaiting_adoption"
  rerun adds, unless it is a retraining
    "reruns": [run id…], "verdict": {"result":
     "identical|equivalent|within_noise|diverged|not_comparable|incomplete",
     "outside_reads": [], "outputs": [{"path", "state": "identical|differs|missing|extra",
     "expected", "actual", "varies"}], "metrics": [{"key", "expected", "actual", "state",
     "first_differing_step", "difference_max", "envelope": {"min", "max"}}], "same_exit",
     "missing": [], "environment": [], "hardware": []}
  explain         {"run", "reproduces", "decided_by": factor or null, "sentence",
                   "differing": [], "factors": [{"name": "nothing|…", "meaning", "reruns",
                   "agrees", "equals_original", "decides", "failure"}], "metrics": null or
                   {"rerun", "compared": number, "differing": [{"key", "state", "expected",
                   "actual", "first_differing_step", "difference_max",
                   "relative_difference_max"}]}, "warnings": []}
  doctor REF      {"run", "best_verdict": "identical|not_comparable|incomplete",
                   "reasons": [], "checks": [{"name", "ok", "needed", "meaning",
                   "reasons": []}]}
  shell           {"run", "exit_status", "changes": null, or with --keep
                   [{"path", "change": "made|changed|removed"}]}
  runs            {"runs": [run…], "truncated"}
  show ARTIFACT, whence
    {"artifact": {"digest", "kind": "file|folder|environment|object", "size_bytes",
     "names": [], "models": [{"name", "version", "stage", "path"}], "produced_by": [{"run",
     "path"}], "used_by": [as produced_by], "tags": {}, "notes": []}}
  whence adds     "part_of": [{"kind": "code|environment", "digest", "path", "runs",
                   "newest_runs"}], "file_of": [{"run", "class", "path"}], "truncated",
                   "package" (its URL, where that was asked for; "artifact" is null then)
  show ARTIFACT adds, of a table (or null)
    "profile": {"rows", "delimiter", "has_header", "columns": [{"name", "type", "missing",
     "distinct", "min", "max", "mean", "quantiles", "frequent", "digest", "tags": [], …}]}
  add             {"artifacts": [{"path", "role", "kind", "digest", "size_bytes", "name",
                   "new_bytes", "stored_bytes"}]}
  lineage up|down {"nodes": [{"id", "kind": "run|artifact|code|commit|environment|
                   library|model", "label", "detail"}], "edges": [{"from", "to", "kind":
                   "used|produced|reproduces|derived_from|contains|part_of|code_of|
                   environment_of|commit_of|registered_as|via"}], "truncated"};
                   from is earlier in the data flow than to
  … 'REF#COLUMN'  {"nodes": [{"id", "kind": "column", "label", "artifact", "column"}],
                   "edges": [{"from", "to", "kind": "derived|same_column", "run", "label"}]}
  lineage overlap {"shared_bytes", "a_bytes", "b_bytes", "files": [{"a", "b",
                   "is_same_file", "shared_bytes"}], "unread": []}
  lineage leak    {"run", "leak": {"found", "pairs": [{"a", "b", "is_same_file",
                   "shared_bytes", "rows"}], "files": [], "complete", "not_checked": []}}
  metrics         {"run", "metrics": {KEY: [{"step", "time", "value"}]}}
  compare         {"runs": [{"id", "name"}], "rows": [{"group", "key", "differs",
                   "values": []}]}
  log             {"run", "stream", "text"};  cat  {"digest", "size_bytes", "content"}
  experiments     {"experiments": [{"name", "runs", "live_runs", "last_started_at"}]}
  status          {"format", "store", "id", "runs", "live_runs", "objects", "packs",
                   "ledger_entries", "logical_bytes", "stored_bytes"}
  fsck            {"ok", "problems": [{"kind", "digest", "message"}], "repaired": [],
                   "packs", "objects", "bytes_read"}
  model register, model promote, model retire
    {"model": {"name", "version", "stage", "artifact": {as inputs}, "run", "reason",
     "registered_at", "actor", "changes": [{"from", "to", "at", "actor", "reason"}]}}
  models          {"models": [model…]};  model show  {"name", "versions": [model…]}
  both add        "champion", "challenges": [{"champion", "stage"}], "card", "evidence",
                  "statements"
  model compare   {"comparison": {"a", "b", "not_comparable", "hold_outs": [{"digest",
                  "path"}], "a_hold_outs", "b_hold_outs", "metrics": [{"name", "source":
                  "evidence|run", "a", "b", "difference"}], "auc": null, or with --scores
                  {"not_comparable", "a_scores", "b_scores", "positives", "negatives", "a",
                  "b", "difference": {"value", "low", "high"}, "p_value"}}}
  check …         the document that docs/formats/checks.md describes
  ledger show     {"entries": [{"sequence", "time", "kind", "subject", "actor", "payload",
                   "previous"}]}
  ledger checkpoint {"checkpoint", "size"};  ledger prove  {"subject", "proofs": []}
  ledger prove --since  {"since", "size", "proof": [], "checkpoint"}
  ledger key      {"key", "fingerprint", "pem"}
  ledger verify   {"ok", "size", "root", "problems": []}
  init            {"store"};  note, tag  {"subject"};  restore  {"restored", "folder"}
  audit verify    {"ok", "checks": [{"name", "ok", "message"}], "not_made": [], "key",
                   "fingerprint", "people": [{"fingerprint", "printed_name", "owner",
                   "roles": [], "revoked"}], "anchors": [], "uncovered", "signatures",
                   "notes": [], "result"}
  audit export    {"run", "bundle"};  completion  {"shell", "script"};
  export          {"export": {"ref", "format", "path", "runs", "artifacts", "content"}};
                  "content", the text, without -o only
  export --format oci  {"export": {"run", "format", "path", "manifest_digest", "size_bytes",
                  "layers": [{"name", "media_type", "digest", "diff_id", "size_bytes",
                  "entries"}]}}
  help            {"commands": [{"name", "summary", "usage", "options": []}]}

Numbers that JSON has no form for are the strings "NaN", "Infinity" and "-Infinity", and
integers beyond 2^53 are strings of their digits. Text that is not UTF-8 (a path, a tag, a
note) is {"type": "bytes", "value": "<base64>"}.
)";

}  // namespace

std::vector<Topic> AllTopics() {
  return {{"refs", "Naming runs and files", kRefs},
          {"where", "Choosing runs", kWhere},
          {"json", "JSON for scripts and tests", kJson}};
}

}  // namespace reprise::cli
