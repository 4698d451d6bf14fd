#include "storage/base/clock.h"
#include "storage/key_change.h"
#include "storage/ledger.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/ledger_seals.h"
#include "tracker/cli/refs_support.h"

namespace reprise::cli {
namespace {

Result<int> Run(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string reason, RequiredText(args, "reason"));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_TRY(RequireWritable(*store));
  const storage::NoteKey old_key = store->ledger().keys().newest();
  REPRISE_ASSIGN_OR_RETURN(const std::string document,
                           store->ledger().PrepareKeyChange(reason, NowUnixMs()));
  REPRISE_ASSIGN_OR_RETURN(const auto change, storage::KeyChange::Decode(document));
  if (change.reason != reason) {
    context.Warn("a change that was begun earlier is finished, for its own reason: " +
                 Printable(change.reason));
  }
  REPRISE_TRY(store->AddFact(std::string(storage::kKeyChangeEntry), old_key.name, document));
  const storage::KeyChain& keys = store->ledger().keys();
  if (keys.newest() != change.to) {
    return Error{ErrorCode::kIoError,
                 "the change of keys is recorded and not in force yet; "
                 "`reprise ledger key` tells when it is"};
  }
  if (context.global.json) {
    context.PrintJson(Json()
                          .Set("old_key", old_key.ToText())
                          .Set("key", change.to.ToText())
                          .Set("fingerprint", change.to.key.Fingerprint().ToString())
                          .Set("entry", keys.steps().back().entry)
                          .Set("reason", change.reason));
  } else {
    context.out << change.to.ToText() << "\n" << change.to.key.Fingerprint().ToString() << "\n";
  }
  return 0;
}

}  // namespace

Command LedgerRekeyCommand() {
  Command command{"ledger rekey", "Replace the key that signs checkpoints by a new one.",
                  "--reason TEXT"};
  command.examples = {{"reprise ledger rekey --reason 'the yearly change'",
                       "prints the new key and its fingerprint, as `reprise ledger key` does"}};
  command.details =
      "The old key signs the new one, the change is an entry of the ledger, and the old private "
      "key "
      "is removed. Checkpoints from before stay verifiable, bundles carry the changes, and whoever "
      "trusts an older key can follow them to the newest. After a theft of the key this does not "
      "suffice: the thief can change it as well, so tell those who keep it by another way.";
  command.options.add_options()("reason", po::value<std::string>(), "TEXT: why, one line");
  command.required.emplace_back("reason");
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
