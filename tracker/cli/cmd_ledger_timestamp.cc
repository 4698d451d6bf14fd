#include <csignal>

#include "storage/base/clock.h"
#include "storage/checkpoint_seals.h"
#include "storage/crypto/sha256.h"
#include "storage/crypto/timestamp.h"
#include "storage/ledger.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/ledger_seals.h"

namespace reprise::cli {
namespace {

using storage::CheckpointSeals;
using storage::Seal;

constexpr std::int64_t kMsPerSecond = 1000;

// Keeps the newest checkpoint as it is to be stamped, and returns it.
Result<Seal> KeepNewest(tracker::Store& store) {
  CheckpointSeals seals(store.files(), store.folder());
  REPRISE_ASSIGN_OR_RETURN(const std::vector<Seal> all, seals.ReadAll());
  REPRISE_ASSIGN_OR_RETURN(Seal newest, NewestCheckpoint(store, all));
  REPRISE_TRY(seals.Keep(newest.size, newest.checkpoint_note));
  return newest;
}

Result<int> WriteRequest(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_TRY(RequireWritable(*store));
  REPRISE_ASSIGN_OR_RETURN(const Seal newest, KeepNewest(*store));
  const Digest imprint = crypto::Sha256(newest.checkpoint_note);
  const std::string path = Text(args, "request");
  const std::string request = crypto::TimestampRequest(imprint);
  if (!context.global.json || path != "-") REPRISE_TRY(WriteExchanged(context, path, request));
  if (context.global.json) {
    context.PrintJson(Json()
                          .Set("size", newest.size)
                          .Set("imprint", imprint.ToString())
                          .Set("request", ToBase64(AsBytes(request))));
  }
  return 0;
}

// The kept checkpoint that `response` is a stamp of, checked against `authorities`.
Result<std::pair<const Seal*, crypto::Timestamp>> Match(const std::string& response,
                                                        const std::vector<Seal>& candidates,
                                                        const std::string& authorities) {
  REPRISE_TRY(crypto::ReadTimestamp(response));
  std::optional<Error> failure;
  for (auto seal = candidates.rbegin(); seal != candidates.rend(); ++seal) {
    auto verified =
        crypto::VerifyTimestamp(response, crypto::Sha256(seal->checkpoint_note), authorities);
    if (verified.ok()) return std::pair(&*seal, *std::move(verified));
    // Of those that fail, the one of the stamped checkpoint fails at something else.
    const bool other =
        verified.error().message.find("message imprint mismatch") != std::string::npos;
    if (!failure.has_value() || !other) failure = verified.error();
  }
  return *failure;
}

Result<int> Keep(const std::string& response, const std::string& given_authorities,
                 Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_TRY(RequireWritable(*store));
  CheckpointSeals seals(store->files(), store->folder());
  REPRISE_ASSIGN_OR_RETURN(const std::string known, seals.Authorities());
  const std::string authorities = known + given_authorities;
  if (authorities.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "give the root certificate of the time stamping authority with --ca FILE; it is "
                 "kept for the next time"};
  }
  REPRISE_ASSIGN_OR_RETURN(std::vector<Seal> candidates, seals.ReadAll());
  REPRISE_ASSIGN_OR_RETURN(const Seal newest, NewestCheckpoint(*store, candidates));
  if (candidates.empty() || candidates.back().size != newest.size) candidates.push_back(newest);
  const auto matched = Match(response, candidates, authorities);
  if (!matched.ok() && matched.error().code == ErrorCode::kCorruption) {
    return context.Fail(matched.error(), 1);
  }
  if (!matched.ok()) return matched.error();
  const auto& [seal, stamp] = *matched;
  if (!given_authorities.empty()) REPRISE_TRY(seals.AddAuthorities(given_authorities));
  REPRISE_TRY(seals.AddTimestamp(*seal, response));
  const std::string time = FormatTime(stamp.time_unix_s * kMsPerSecond);
  if (context.global.json) {
    context.PrintJson(Json()
                          .Set("size", seal->size)
                          .Set("time", time)
                          .Set("authority", stamp.authority)
                          .Set("serial", stamp.serial)
                          .Set("policy", stamp.policy));
  } else {
    context.out << "kept the time stamp of " << Printable(stamp.authority) << " at " << time
                << ", of entries up to " << seal->size << "\n";
  }
  return 0;
}

// Asks the authority at `url`, without the store: meanwhile nobody waits for it.
Result<std::string> Ask(const std::string& url, Context& context) {
  Digest imprint;
  {
    REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
    REPRISE_TRY(RequireWritable(*store));
    REPRISE_ASSIGN_OR_RETURN(const Seal newest, KeepNewest(*store));
    imprint = crypto::Sha256(newest.checkpoint_note);
  }
  std::signal(SIGPIPE, SIG_IGN);  // An authority that hangs up is an error like any other.
  return crypto::PostTimestampRequest(url, crypto::TimestampRequest(imprint));
}

Result<int> Run(const po::variables_map& args, Context& context) {
  const std::size_t ways = args.count("request") + args.count("response") + args.count("url");
  if (ways != 1) {
    return Error{ErrorCode::kInvalidArgument,
                 "give one of --url URL, --request FILE and --response FILE"};
  }
  if (args.count("request") > 0) return WriteRequest(args, context);
  std::string authorities;
  for (const std::string& path : Texts(args, "ca")) {
    REPRISE_ASSIGN_OR_RETURN(const std::string pem, ReadExchanged(context, path));
    auto certificates = crypto::CertificatesOf(pem);
    if (!certificates.ok()) {
      return Annotate(std::move(certificates).error(), "--ca '" + Printable(path) + "'");
    }
    authorities += *certificates;
  }
  auto response = args.count("url") > 0 ? Ask(Text(args, "url"), context)
                                        : ReadExchanged(context, Text(args, "response"));
  if (!response.ok()) return response.error();
  return Keep(*response, authorities, context);
}

}  // namespace

Command LedgerTimestampCommand() {
  Command command{"ledger timestamp", "Have the time of the checkpoint attested (RFC 3161).",
                  "--url URL | --request FILE | --response FILE [--ca FILE]…"};
  command.examples = {
      {"reprise ledger timestamp --url http://tsa.example/tsr --ca tsa-root.pem",
       "ask a time stamping authority; its root certificate is given once"},
      {"reprise ledger timestamp --request ask.tsq", "the same by files: what to send,"},
      {"curl -H 'Content-Type: application/timestamp-query' --data-binary @ask.tsq \\\n"
       "    https://tsa.example/tsr > answer.tsr",
       ""},
      {"reprise ledger timestamp --response answer.tsr", "and what came back"}};
  command.details =
      "What is stamped is the text that `reprise ledger checkpoint` prints while it has no "
      "cosignatures, so that `openssl ts -verify -data CHECKPOINT -in answer.tsr -CAfile "
      "tsa-root.pem` checks it too. A stamp shows that all entries up to there were in the ledger "
      "at "
      "that time, whatever the clock of the recording machine says. FILE may be - for standard "
      "input or output.";
  auto add = command.options.add_options();
  add("url", po::value<std::string>(), "URL: http://…, of a time stamping authority");
  add("request", po::value<std::string>(), "FILE: write the TimeStampReq");
  add("response", po::value<std::string>(), "FILE: the TimeStampResp that came back");
  add("ca", po::value<std::vector<std::string>>()->composing(),
      "FILE: certificates (PEM) to which the authority's leads");
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
