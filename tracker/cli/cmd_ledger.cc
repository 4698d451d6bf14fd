#include <algorithm>

#include "storage/base/clock.h"
#include "storage/base/text_value.h"
#include "storage/checkpoint_seals.h"
#include "storage/ledger.h"
#include "storage/ledger_proof.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/ledger_seals.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/text.h"
#include "tracker/index.h"
#include "tracker/project_path.h"

namespace reprise::cli {
namespace {

using storage::LedgerEntry;

Json EntryToJson(const LedgerEntry& entry) {
  return Json()
      .Set("sequence", entry.sequence)
      .Set("time", FormatTime(entry.time_unix_ms))
      .Set("kind", entry.kind)
      .Set("subject", entry.subject)
      .Set("actor", entry.actor)
      .Set("payload", entry.payload.ToString())
      .Set("previous", entry.previous);
}

Result<int> Show(const po::variables_map&, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  Json entries = Json::Array{};
  Table table({"SEQ", "TIME", "KIND", "SUBJECT", "ACTOR", "PAYLOAD"});
  REPRISE_TRY(store->ledger().ForEach(0, [&](const LedgerEntry& entry) -> Result<void> {
    if (context.global.json) {
      entries.Append(EntryToJson(entry));
    } else {
      table.Add({std::to_string(entry.sequence), FormatTime(entry.time_unix_ms), entry.kind,
                 entry.subject, entry.actor, ShortDigest(entry.payload.ToString())});
    }
    return {};
  }));
  if (context.global.json) {
    context.PrintJson(Json().Set("entries", std::move(entries)));
  } else if (store->ledger().size() == 0) {
    context.Warn("no entries yet; `reprise run -- COMMAND` and `reprise add PATH` make some");
  } else {
    table.Print(context.out);
  }
  return store->ledger_damage().has_value() ? ExitStatus(ErrorCode::kCorruption) : 0;
}

Result<int> Checkpoint(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  const storage::CheckpointSeals seals(store->files(), store->folder());
  REPRISE_ASSIGN_OR_RETURN(const std::vector<storage::Seal> all, seals.ReadAll());
  REPRISE_ASSIGN_OR_RETURN(storage::Seal seal, NewestCheckpoint(*store, all));
  if (Flag(args, "confirmed")) {
    const auto confirmed = std::find_if(all.rbegin(), all.rend(), [](const storage::Seal& each) {
      return !each.cosignatures.empty() || !each.timestamps.empty();
    });
    if (confirmed == all.rend()) {
      return Error{ErrorCode::kNotFound,
                   "nobody has confirmed a checkpoint yet; see `reprise help ledger cosign` and "
                   "`reprise help ledger timestamp`"};
    }
    seal = *confirmed;
  }
  if (!context.global.json) {
    context.out << seal.CosignedNote();
    return 0;
  }
  REPRISE_ASSIGN_OR_RETURN(const auto witnesses, seals.Witnesses());
  REPRISE_ASSIGN_OR_RETURN(const std::string authorities, seals.Authorities());
  Json record = storage::CheckSeal(seal, witnesses, authorities).ToJson();
  context.PrintJson(std::move(record.Set("checkpoint", seal.CosignedNote())));
  return 0;
}

Result<int> Key(const po::variables_map&, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const storage::NoteKey key, store->ledger().Key());
  const std::string fingerprint = key.key.Fingerprint().ToString();
  if (context.global.json) {
    context.PrintJson(Json()
                          .Set("key", key.ToText())
                          .Set("fingerprint", fingerprint)
                          .Set("pem", key.key.ToPem()));
  } else {
    context.out << key.ToText() << "\n" << fingerprint << "\n";
  }
  return 0;
}

// That the ledger begins with the `--since` entries that it once had.
Result<int> ProveGrowth(std::int64_t since, Context& context) {
  if (since <= 0) {
    return Error{ErrorCode::kInvalidArgument,
                 "--since takes the size that a kept checkpoint tells, 1 or more: an empty ledger "
                 "proves nothing"};
  }
  const auto old_size = static_cast<std::uint64_t>(since);
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  storage::Ledger& ledger = store->ledger();
  REPRISE_ASSIGN_OR_RETURN(const auto hashes, ledger.ProveConsistency(old_size, ledger.size()));
  REPRISE_ASSIGN_OR_RETURN(const std::string note, ledger.Checkpoint());
  if (!context.global.json) {
    context.out << storage::EncodeConsistencyProof(old_size, hashes, note);
    return 0;
  }
  Json proof = Json::Array{};
  for (const Digest& hash : hashes) proof.Append(ToBase64(hash.bytes()));
  context.PrintJson(Json()
                        .Set("since", old_size)
                        .Set("size", ledger.size())
                        .Set("proof", std::move(proof))
                        .Set("checkpoint", note));
  return 0;
}

Result<int> Prove(const po::variables_map& args, Context& context) {
  if (args.count("since") > 0) {
    if (args.count("ref") == 0) return ProveGrowth(args["since"].as<std::int64_t>(), context);
    return Error{ErrorCode::kInvalidArgument, "REF and --since exclude each other"};
  }
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const std::string subject, SubjectOf(*store, context, ref));
  REPRISE_ASSIGN_OR_RETURN(const auto sequences,
                           tracker::LedgerEntriesAbout(store->catalog(), subject));
  if (sequences.empty()) {
    return Error{ErrorCode::kNotFound, "the ledger has no entry about " + subject};
  }
  Json proofs = Json::Array{};
  for (const std::uint64_t sequence : sequences) {
    REPRISE_ASSIGN_OR_RETURN(Json proof, store->ledger().ProofDocument(sequence));
    proofs.Append(std::move(proof));
  }
  context.PrintJson(Json().Set("subject", subject).Set("proofs", std::move(proofs)));
  return 0;
}

// Whether enough of `witnesses` cosigned some checkpoint, and the newest that they did: what
// `--quorum` asks.
struct Quorum {
  std::size_t needed = 0;
  std::optional<std::uint64_t> size{};  // Entries of the newest checkpoint with so many.
};

Result<Quorum> FindQuorum(const po::variables_map& args, const std::vector<storage::Seal>& seals,
                          std::vector<storage::WitnessKey> witnesses) {
  const bool are_given = args.count("witness") > 0;
  if (are_given) {
    REPRISE_ASSIGN_OR_RETURN(witnesses, GivenWitnesses(args));
  }
  Quorum quorum;
  REPRISE_ASSIGN_OR_RETURN(const auto asked, AskedQuorum(args, witnesses.size()));
  quorum.needed = asked.value_or(are_given ? witnesses.size() : 0);
  for (const storage::Seal& seal : seals) {
    if (storage::CheckSeal(seal, witnesses, "").witnesses() >= quorum.needed && quorum.needed > 0) {
      quorum.size = seal.size;
    }
  }
  return quorum;
}

void PrintVerification(const storage::LedgerVerification& report, const Quorum& quorum,
                       Context& context) {
  if (context.global.json) {
    Json problems = Json::Array{};
    for (const std::string& problem : report.problems) problems.Append(problem);
    Json seals = Json::Array{};
    for (const storage::CheckedSeal& seal : report.seals) seals.Append(seal.ToJson());
    context.PrintJson(Json()
                          .Set("ok", report.problems.empty())
                          .Set("size", report.size)
                          .Set("root", ToBase64(report.root.bytes()))
                          .Set("problems", std::move(problems))
                          .Set("seals", std::move(seals))
                          .Set("quorum_size", quorum.size));
    return;
  }
  for (const std::string& problem : report.problems) context.out << problem << "\n";
  if (!report.problems.empty()) return;
  context.out << "the ledger is whole: " << report.size << " entries, root "
              << ToBase64(report.root.bytes()) << "\n";
  for (const storage::CheckedSeal& seal : report.seals) {
    for (const std::string& line : SealLines(seal)) context.out << line << "\n";
  }
  if (quorum.size.has_value()) {
    context.out << "entries up to " << *quorum.size << ": cosigned by " << quorum.needed
                << " or more of the witnesses, as asked\n";
  }
}

Result<int> Verify(const po::variables_map& args, Context& context) {
  std::optional<std::string> since;
  if (const auto path = OptionalText(args, "since")) {
    REPRISE_ASSIGN_OR_RETURN(
        since,
        ReadFile(context.files, tracker::AbsolutePath(*path, context.working_directory), 1 << 16));
  }
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  auto verified = store->ledger().Verify(since);
  if (!verified.ok() && since.has_value()) {
    return Annotate(std::move(verified).error(),
                    "--since '" + Printable(Text(args, "since")) + "'");
  }
  REPRISE_ASSIGN_OR_RETURN(storage::LedgerVerification report, std::move(verified));
  const storage::CheckpointSeals seals(store->files(), store->folder());
  const auto kept = seals.ReadAll();  // Where they are damaged, it is among the problems.
  const auto witnesses = seals.Witnesses();
  Quorum quorum;
  if (kept.ok() && witnesses.ok()) {
    REPRISE_ASSIGN_OR_RETURN(quorum, FindQuorum(args, *kept, *witnesses));
  }
  if (quorum.needed > 0 && !quorum.size.has_value()) {
    report.problems.push_back("no checkpoint is cosigned by " + std::to_string(quorum.needed) +
                              " of the witnesses");
  }
  PrintVerification(report, quorum, context);
  return report.problems.empty() ? 0 : 1;
}

}  // namespace

Command LedgerShowCommand() {
  Command command{"ledger show", "Every entry of the ledger, oldest first.", ""};
  command.examples = {{"reprise ledger show", ""}};
  command.run = Show;
  return command;
}

Command LedgerCheckpointCommand() {
  Command command{"ledger checkpoint", "The signed checkpoint of the ledger.", ""};
  command.examples = {
      {"reprise ledger checkpoint > checkpoint.txt",
       "keep it elsewhere: whoever has it notices any later change of what came before"}};
  command.details =
      "A C2SP tlog-checkpoint, with the cosignatures that it has. --confirmed prints the newest "
      "that "
      "has a cosignature or a time stamp.";
  command.options.add_options()("confirmed", po::bool_switch(),
                                "the newest that others cosigned or stamped");
  command.run = Checkpoint;
  return command;
}

Command LedgerKeyCommand() {
  Command command{"ledger key", "The public key that signs checkpoints, and its fingerprint.", ""};
  command.examples = {{"python3 bundle/verify.py --trust \"$(reprise ledger key | head -1)\"",
                       "check a bundle against the store's own key"}};
  command.details =
      "The first line is a C2SP verifier key, the second the SHA-256 of its 32 bytes; --json has "
      "it "
      "as PEM too. Give them to an auditor by another way than the bundle.";
  command.run = Key;
  return command;
}

Command LedgerProveCommand() {
  Command command{"ledger prove", "Proofs that something stands in the ledger, or how it grew.",
                  "REF | --since SIZE"};
  command.examples = {
      {"reprise ledger prove @last > proof.json", "that the run stands in it, for an auditor"},
      {"reprise ledger prove --since 42",
       "that it begins with the 42 entries of a kept checkpoint"}};
  command.details =
      "Proofs are those of RFC 6962. With --since the text is that of c2sp.org/tlog-witness: the "
      "old size, the hashes, and the newest checkpoint.";
  TakeRef(command);
  command.required.clear();
  command.options.add_options()("since", po::value<std::int64_t>(),
                                "SIZE: of a ledger that it was once");
  command.run = Prove;
  return command;
}

Command LedgerVerifyCommand() {
  Command command{"ledger verify", "Check every entry, hash and signature.",
                  "[--since CHECKPOINT] [--witness KEY]… [--quorum N]"};
  command.examples = {{"reprise ledger verify --since checkpoint.txt",
                       "nothing that a kept checkpoint covers was changed, removed or reordered"},
                      {"reprise ledger verify --quorum 2",
                       "... and two of the witnesses that are known here cosigned a checkpoint"}};
  auto add = command.options.add_options();
  add("since", po::value<std::string>(), "FILE: a checkpoint that was kept earlier");
  add("witness", po::value<std::vector<std::string>>()->composing(),
      "KEY: count this witness, instead of those that are known here");
  add("quorum", po::value<std::int64_t>(), "N: how many witnesses are needed");
  command.run = Verify;
  return command;
}

}  // namespace reprise::cli
