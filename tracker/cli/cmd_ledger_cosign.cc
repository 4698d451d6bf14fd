#include <algorithm>

#include "storage/base/clock.h"
#include "storage/checkpoint_seals.h"
#include "storage/ledger.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/ledger_seals.h"

namespace reprise::cli {
namespace {

using storage::CheckpointSeals;
using storage::NoteSignature;
using storage::Seal;
using storage::WitnessKey;

constexpr std::int64_t kMsPerSecond = 1000;

// What to ask a witness: from the newest checkpoint that it has cosigned, or from nothing.
Result<int> WriteRequest(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const auto given, GivenWitnesses(args));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_TRY(RequireWritable(*store));
  CheckpointSeals seals(store->files(), store->folder());
  REPRISE_ASSIGN_OR_RETURN(const std::vector<Seal> all, seals.ReadAll());
  REPRISE_ASSIGN_OR_RETURN(const Seal newest, NewestCheckpoint(*store, all));
  storage::CosignRequest request;
  request.checkpoint_note = newest.checkpoint_note;
  for (const Seal& seal : all) {
    for (const NoteSignature& cosignature : seal.cosignatures) {
      const bool counts = given.empty() || storage::FindWitness(given, cosignature) != nullptr;
      if (counts) request.old_size = std::max(request.old_size, seal.size);
    }
  }
  if (args.count("from") > 0) {
    const std::int64_t from = args["from"].as<std::int64_t>();
    if (from < 0 || static_cast<std::uint64_t>(from) > newest.size) {
      return Error{ErrorCode::kInvalidArgument, "--from " + std::to_string(from) +
                                                    " is not between 0 and the ledger's size, " +
                                                    std::to_string(newest.size)};
    }
    request.old_size = static_cast<std::uint64_t>(from);
  }
  if (request.old_size > 0) {
    REPRISE_ASSIGN_OR_RETURN(request.proof,
                             store->ledger().ProveConsistency(request.old_size, newest.size));
  }
  REPRISE_TRY(seals.Keep(newest.size, newest.checkpoint_note));
  const std::string path = Text(args, "request");
  if (context.global.json) {
    if (path != "-") REPRISE_TRY(WriteExchanged(context, path, request.Encode()));
    context.PrintJson(Json()
                          .Set("size", newest.size)
                          .Set("old_size", request.old_size)
                          .Set("request", request.Encode()));
    return 0;
  }
  REPRISE_TRY(WriteExchanged(context, path, request.Encode()));
  return 0;
}

// The signature lines in an answer, which is lines alone or a whole note.
Result<std::vector<NoteSignature>> LinesOf(const std::string& answer) {
  if (const auto note = storage::SignedNote::Parse(answer); note.ok()) return note->signatures;
  std::vector<NoteSignature> lines;
  std::string_view rest = answer;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view text = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (text.empty()) continue;
    auto line = NoteSignature::Parse(text);
    if (!line.ok() || lines.size() == storage::kNoteSignaturesMax) {
      return Error{ErrorCode::kInvalidArgument,
                   "this is neither a signed checkpoint nor lines of signatures"};
    }
    lines.push_back(*std::move(line));
  }
  return lines;
}

struct Taken {
  Seal* seal = nullptr;
  NoteSignature cosignature;
  WitnessKey key;
  std::int64_t time_unix_s = 0;
};

// Which kept checkpoint the answer's text is, or whose cosignature each line is.
Result<std::vector<Taken>> Match(const std::string& answer, std::vector<Seal>& candidates,
                                 const std::vector<WitnessKey>& keys) {
  REPRISE_ASSIGN_OR_RETURN(const std::vector<NoteSignature> lines, LinesOf(answer));
  std::vector<Taken> taken;
  for (const NoteSignature& line : lines) {
    const WitnessKey* const key = storage::FindWitness(keys, line);
    if (key == nullptr) continue;  // Of a log's key, or of a witness of others.
    bool found = false;
    for (Seal& seal : candidates) {
      REPRISE_ASSIGN_OR_RETURN(const auto note, storage::SignedNote::Parse(seal.checkpoint_note));
      const auto time = storage::CosignedAt(note.text, line, *key);
      if (!time.ok() || !time->has_value()) continue;
      taken.push_back({&seal, line, *key, **time});
      found = true;
      break;
    }
    if (!found) {
      return Error{ErrorCode::kCorruption,
                   "the cosignature by '" + Printable(key->name) +
                       "' is of no checkpoint that was asked about here, or was changed"};
    }
  }
  if (taken.empty()) {
    return Error{ErrorCode::kNotFound,
                 "no line is by a witness that is known here; give its key with --witness"};
  }
  return taken;
}

// A whole note may be of a checkpoint that was never asked about; it is taken if it is ours.
Result<void> AddFromNote(tracker::Store& store, const std::string& answer,
                         std::vector<Seal>& candidates) {
  const auto note = storage::SignedNote::Parse(answer);
  if (!note.ok()) return {};
  const storage::KeyChain& keys = store.ledger().keys();
  REPRISE_ASSIGN_OR_RETURN(const auto checkpoint, storage::OpenCheckpoint(answer, keys));
  for (const Seal& seal : candidates) {
    if (seal.size == checkpoint.size) return {};
  }
  REPRISE_ASSIGN_OR_RETURN(const Digest root, store.ledger().RootAt(checkpoint.size));
  if (root != checkpoint.root) {
    return Error{ErrorCode::kCorruption,
                 "the checkpoint of " + std::to_string(checkpoint.size) +
                     " entries has another root than this ledger: one of them was rewritten"};
  }
  const storage::NoteKey& key = keys.KeyFor(checkpoint.size);
  storage::SignedNote plain{note->text, {}};
  for (const NoteSignature& line : note->signatures) {
    const bool is_ours = line.name == key.name && line.key_id == key.id();
    if (is_ours && plain.signatures.empty()) plain.signatures.push_back(line);
  }
  candidates.push_back({checkpoint.size, plain.Encode(), {}, {}});
  return {};
}

Result<int> TakeResponse(const po::variables_map& args, Context& context) {
  // Keys that are given now come first, and are kept only when something by them is.
  REPRISE_ASSIGN_OR_RETURN(std::vector<WitnessKey> keys, GivenWitnesses(args));
  REPRISE_ASSIGN_OR_RETURN(const std::string answer,
                           ReadExchanged(context, Text(args, "response")));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_TRY(RequireWritable(*store));
  CheckpointSeals seals(store->files(), store->folder());
  REPRISE_ASSIGN_OR_RETURN(const auto known, seals.Witnesses());
  keys.insert(keys.end(), known.begin(), known.end());
  REPRISE_ASSIGN_OR_RETURN(std::vector<Seal> candidates, seals.ReadAll());
  REPRISE_ASSIGN_OR_RETURN(const Seal newest, NewestCheckpoint(*store, candidates));
  if (candidates.empty() || candidates.back().size != newest.size) candidates.push_back(newest);
  REPRISE_TRY(AddFromNote(*store, answer, candidates));
  const auto taken = Match(answer, candidates, keys);
  if (!taken.ok()) return taken.error();
  Json list = Json::Array{};
  for (const Taken& each : *taken) {
    REPRISE_TRY(seals.AddWitness(each.key));
    REPRISE_TRY(seals.AddCosignature(*each.seal, each.cosignature));
    each.seal->cosignatures.push_back(each.cosignature);  // The next may be of the same.
    const std::string time = FormatTime(each.time_unix_s * kMsPerSecond);
    list.Append(
        Json().Set("witness", each.key.name).Set("size", each.seal->size).Set("time", time));
    if (!context.global.json) {
      context.out << "kept the cosignature of " << Printable(each.key.name) << " at " << time
                  << ", of entries up to " << each.seal->size << "\n";
    }
  }
  if (context.global.json) context.PrintJson(Json().Set("cosignatures", std::move(list)));
  return 0;
}

Result<int> Run(const po::variables_map& args, Context& context) {
  const bool asks = args.count("request") > 0;
  if (asks == (args.count("response") > 0)) {
    return Error{ErrorCode::kInvalidArgument,
                 "give --request FILE to ask a witness, or --response FILE with its answer"};
  }
  return asks ? WriteRequest(args, context) : TakeResponse(args, context);
}

}  // namespace

Command LedgerCosignCommand() {
  Command command{"ledger cosign", "Let witnesses confirm the checkpoint.",
                  "--request FILE [--from SIZE] | --response FILE [--witness KEY]…"};
  command.examples = {
      {"reprise ledger cosign --request ask.txt",
       "what to send to a witness; another store answers with `reprise ledger witness ask.txt`"},
      {"reprise ledger cosign --response answer.txt --witness witness.example+5c28ba33+BFM5…",
       "check its answer and keep it; its key is given once"},
      {"curl --data-binary @ask.txt https://witness.example/add-checkpoint |\n"
       "    reprise ledger cosign --response -",
       "by way of a witness on the network"}};
  command.details =
      "A witness signs that it saw the ledger grow and nothing in it change "
      "(c2sp.org/tlog-cosignature, Ed25519; requests as c2sp.org/tlog-witness has them). With "
      "cosignatures a ledger cannot be rewritten without them, not even by whoever has its key. "
      "`ledger verify` and audit bundles check them. FILE may be - for standard input or output.";
  auto add = command.options.add_options();
  add("request", po::value<std::string>(), "FILE: write what to ask a witness");
  add("from", po::value<std::int64_t>(),
      "SIZE: of the checkpoint that it cosigned last (default: the newest that we know of)");
  add("response", po::value<std::string>(),
      "FILE: a witness' signature lines, or the checkpoint with them");
  add("witness", po::value<std::vector<std::string>>()->composing(),
      "KEY: verifier key of a witness (name+id+base64)");
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
