#include <algorithm>

#include "storage/base/clock.h"
#include "storage/checkpoint_seals.h"
#include "storage/ledger.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/ledger_seals.h"
#include "tracker/cli/refs_support.h"

namespace reprise::cli {
namespace {

using storage::CheckpointSeals;

constexpr std::int64_t kMsPerSecond = 1000;

// The newest checkpoint of the log that was cosigned here.
Result<std::optional<storage::Checkpoint>> LastWitnessed(const CheckpointSeals& seals,
                                                         const std::string& origin) {
  REPRISE_ASSIGN_OR_RETURN(const auto note, seals.Witnessed(origin));
  if (!note.has_value()) return std::optional<storage::Checkpoint>();
  REPRISE_ASSIGN_OR_RETURN(const storage::SignedNote parsed, storage::SignedNote::Parse(*note));
  REPRISE_ASSIGN_OR_RETURN(storage::Checkpoint last, storage::ParseCheckpoint(parsed.text));
  return std::optional(std::move(last));
}

Result<int> ShowKey(Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  const storage::NoteKey& key = store->ledger().keys().newest();
  const std::string text = storage::WitnessKey{key.name, key.key}.ToText();
  if (context.global.json) {
    context.PrintJson(Json().Set("witness_key", text));
  } else {
    context.out << text << "\n";
  }
  return 0;
}

Result<int> Run(const po::variables_map& args, Context& context) {
  if (Flag(args, "key")) return ShowKey(context);
  REPRISE_ASSIGN_OR_RETURN(const std::string path, RequiredText(args, "file"));
  std::vector<storage::NoteKey> given;
  for (const std::string& text : Texts(args, "log")) {
    auto key = storage::NoteKey::Parse(text);
    if (!key.ok()) return Annotate(std::move(key).error(), "--log");
    given.push_back(*std::move(key));
  }
  REPRISE_ASSIGN_OR_RETURN(const std::string text, ReadExchanged(context, path));
  auto request = storage::CosignRequest::Parse(text);
  if (!request.ok()) return Error{ErrorCode::kInvalidArgument, request.error().message};
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_TRY(RequireWritable(*store));
  CheckpointSeals seals(store->files(), store->folder());
  REPRISE_ASSIGN_OR_RETURN(std::vector<storage::NoteKey> keys, seals.Logs());
  keys.insert(keys.end(), given.begin(), given.end());
  REPRISE_ASSIGN_OR_RETURN(const auto note, storage::SignedNote::Parse(request->checkpoint_note));
  REPRISE_ASSIGN_OR_RETURN(const auto says, storage::ParseCheckpoint(note.text));
  REPRISE_ASSIGN_OR_RETURN(const auto last, LastWitnessed(seals, says.origin));
  const auto checked = storage::CheckCosignRequest(*request, keys, last);
  // What a rewritten log shows is the answer "no", not damage of this store.
  if (!checked.ok() && checked.error().code == ErrorCode::kCorruption) {
    return context.Fail(Annotate(checked.error(), "not cosigned"), 1);
  }
  if (!checked.ok()) return Annotate(checked.error(), "not cosigned");
  const std::int64_t now_s = NowUnixMs() / kMsPerSecond;
  REPRISE_ASSIGN_OR_RETURN(const auto line, store->ledger().CosignOther(note.text, now_s));
  // It is kept before it is given out: what was cosigned is never forgotten.
  for (const storage::NoteKey& key : given) {
    if (key.name == says.origin) REPRISE_TRY(seals.AddLog(key));
  }
  REPRISE_TRY(seals.PutWitnessed(says.origin, request->checkpoint_note + line.Encode()));
  if (context.global.json) {
    context.PrintJson(Json()
                          .Set("origin", says.origin)
                          .Set("size", checked->size)
                          .Set("time", FormatTime(now_s * kMsPerSecond))
                          .Set("cosignature", line.Encode()));
  } else {
    context.out << line.Encode();
  }
  return 0;
}

}  // namespace

Command LedgerWitnessCommand() {
  Command command{"ledger witness", "Confirm the checkpoint of another ledger.",
                  "FILE [--log KEY] | --key"};
  command.examples = {
      {"reprise ledger witness ask.txt --log \"$(cat their.key)\" > answer.txt",
       "what `reprise ledger cosign --request` wrote elsewhere; their key is given once"},
      {"reprise ledger witness --key", "the key by which others check what is cosigned here"}};
  command.details =
      "By the rules of c2sp.org/tlog-witness: the checkpoint is cosigned with this store's key "
      "only "
      "if a key of its log signed it, and it continues the last one of that log that was cosigned "
      "here. Otherwise the answer is no, exit status 1, or 2 when it is asked from another "
      "size. FILE may be - for standard input.";
  command.positionals.add("file", 1);
  command.hidden.add_options()("file", po::value<std::string>());
  auto add = command.options.add_options();
  add("log", po::value<std::vector<std::string>>()->composing(),
      "KEY: verifier key of the log (its `reprise ledger key`)");
  add("key", po::bool_switch(), "print the key that cosigns");
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
