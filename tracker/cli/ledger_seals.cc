#include "tracker/cli/ledger_seals.h"

#include <algorithm>
#include <array>
#include <fstream>

#include "storage/base/clock.h"
#include "tracker/project_path.h"

namespace reprise::cli {
namespace {

constexpr std::int64_t kMsPerSecond = 1000;

std::string TimeText(std::int64_t time_unix_s) { return FormatTime(time_unix_s * kMsPerSecond); }

std::string Path(const Context& context, const std::string& path) {
  return path == "-" ? "/dev/stdin" : tracker::AbsolutePath(path, context.working_directory);
}

// What comes through a pipe, up to its end; FileSystem waits for nobody.
Result<std::string> ReadPipe(const std::string& path) {
  std::ifstream pipe(path, std::ios::binary);
  std::string content;
  std::array<char, 64 * 1024> buffer{};
  while (pipe.good()) {
    pipe.read(buffer.data(), buffer.size());
    content.append(buffer.data(), static_cast<std::size_t>(pipe.gcount()));
    if (content.size() > storage::kSealFileSizeBytesMax) {
      return Error{ErrorCode::kInvalidArgument,
                   "what comes through '" + Printable(path) + "' is too large"};
    }
  }
  if (!pipe.eof()) return Error{ErrorCode::kIoError, "cannot read '" + Printable(path) + "'"};
  return content;
}

}  // namespace

Result<storage::Seal> NewestCheckpoint(tracker::Store& store,
                                       const std::vector<storage::Seal>& all) {
  storage::Seal newest;
  REPRISE_ASSIGN_OR_RETURN(newest.checkpoint_note, store.ledger().Checkpoint());
  newest.size = store.ledger().size();
  for (const storage::Seal& seal : all) {
    if (seal.checkpoint_note == newest.checkpoint_note) return seal;
  }
  return newest;
}

Result<std::vector<storage::WitnessKey>> GivenWitnesses(const po::variables_map& args) {
  std::vector<storage::WitnessKey> keys;
  for (const std::string& text : Texts(args, "witness")) {
    auto key = storage::WitnessKey::Parse(text);
    if (!key.ok()) return Annotate(std::move(key).error(), "--witness");
    if (std::ranges::find(keys, *key) == keys.end()) keys.push_back(*std::move(key));
  }
  return keys;
}

Result<std::optional<std::size_t>> AskedQuorum(const po::variables_map& args,
                                               std::size_t witnesses) {
  if (args.count("quorum") == 0) return std::optional<std::size_t>();
  const std::int64_t needed = args["quorum"].as<std::int64_t>();
  if (needed < 1 || static_cast<std::uint64_t>(needed) > witnesses) {
    return Error{ErrorCode::kInvalidArgument, "--quorum " + std::to_string(needed) +
                                                  " is not between 1 and the number of "
                                                  "witnesses, " +
                                                  std::to_string(witnesses)};
  }
  return std::optional(static_cast<std::size_t>(needed));
}

Result<std::string> ReadExchanged(const Context& context, const std::string& path) {
  REPRISE_TRY(RequireText(path, "the name of a file"));
  const std::string absolute = Path(context, path);
  const auto stat = context.files.StatFollowing(absolute);
  if (!stat.ok() || stat->kind != FileKind::kOther) {
    return ReadFile(context.files, absolute, storage::kSealFileSizeBytesMax);
  }
  return ReadPipe(absolute);
}

Result<void> WriteExchanged(Context& context, const std::string& path, std::string_view content) {
  REPRISE_TRY(RequireText(path, "the name of a file"));
  if (path == "-") {
    context.out << content;
    return {};
  }
  return WriteFileAtomically(context.files, Path(context, path), content);
}

Result<void> RequireWritable(tracker::Store& store) {
  if (store.ledger_damage().has_value()) return *store.ledger_damage();
  if (!store.is_read_only()) return {};
  return Error{ErrorCode::kReadOnly,
               "the store '" + Printable(store.folder()) + "' cannot be written"};
}

std::vector<std::string> SealLines(const storage::CheckedSeal& seal) {
  std::vector<std::string> lines;
  const std::string of = "entries up to " + std::to_string(seal.size) + ": ";
  for (const auto& each : seal.cosignatures) {
    if (each.state == storage::SealState::kHolds) {
      lines.push_back(of + "cosigned by " + Printable(each.name) + " at " +
                      TimeText(each.time_unix_s));
    } else if (each.state == storage::SealState::kUnknown) {
      lines.push_back(of + "cosigned by " + Printable(each.name) +
                      ", a witness whose key is not known here");
    }
  }
  for (const auto& each : seal.timestamps) {
    if (each.state == storage::SealState::kHolds) {
      lines.push_back(of + "stamped by " + Printable(each.authority) + " at " +
                      TimeText(each.time_unix_s));
    } else if (each.state == storage::SealState::kUnknown) {
      lines.push_back(of + "stamped at " + TimeText(each.time_unix_s) + ", which " + each.why +
                      " to check");
    }
  }
  return lines;
}

}  // namespace reprise::cli
