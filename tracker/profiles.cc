#include "tracker/profiles.h"

#include <algorithm>
#include <set>

#include "lineage/profile/profile_builder.h"
#include "lineage/table/header.h"
#include "storage/tree.h"
#include "tracker/profile_rows.h"
#include "tracker/session.h"

namespace reprise::tracker {
namespace {

// What is entered in the ledger at once: between two batches somebody may have had enough.
constexpr std::uint64_t kBatchBytesMax = 32U << 20;
constexpr std::size_t kBatchFilesMax = 100;

Result<void> AddFolder(Store& store, const lineage::ArtifactUse& use,
                       std::vector<TableFile>& tables) {
  std::size_t entries = 0;
  auto walked = storage::WalkTree(
      store.objects(), use.digest,
      [&](const std::string& path, const storage::TreeEntry& entry) -> Result<void> {
        if (tables.size() >= kTablesMax || ++entries > kFolderEntriesMax) {
          return Error{ErrorCode::kInterrupted, "that is enough"};
        }
        if (entry.kind != FileKind::kFile || !lineage::IsTableName(path)) return {};
        tables.push_back({use.path == "." ? path : JoinPath(use.path, path), use.role, entry.digest,
                          entry.size_bytes});
        return {};
      });
  if (walked.ok() || walked.error().code == ErrorCode::kInterrupted) return {};
  if (IsDamage(walked.error())) return {};
  return walked;
}

// What may be profiled in one go.
std::vector<TableFile> OfSize(const std::vector<TableFile>& tables, std::uint64_t size_bytes_max) {
  std::vector<TableFile> chosen;
  std::uint64_t bytes = 0;
  for (const TableFile& table : tables) {
    if (table.size_bytes > size_bytes_max || table.size_bytes > kProfiledBytesMax - bytes) continue;
    bytes += table.size_bytes;
    chosen.push_back(table);
  }
  return chosen;
}

// Content that cannot be read (erased, damaged, never stored) is no reason to fail: fsck tells.
Result<std::vector<lineage::Profile>> MakeProfiles(Store& store, const ColumnSettings& settings,
                                                   const std::vector<TableFile>& tables) {
  std::vector<lineage::Profile> profiles;
  for (const TableFile& table : tables) {
    auto profile = ComputeProfile(store.objects(), table.content);
    if (!profile.ok()) {
      if (IsDamage(profile.error())) continue;
      return std::move(profile).error();
    }
    for (lineage::ColumnProfile& column : profile->columns) {
      if (settings.IsPersonal(column.name, {table.path})) lineage::Withhold(column);
    }
    profiles.push_back(*std::move(profile));
  }
  return profiles;
}

Result<void> EnterProfiles(Session& session, const std::vector<lineage::Profile>& profiles) {
  REPRISE_ASSIGN_OR_RETURN(auto writer, session.NewWriter(nullptr, 1));
  std::vector<v1::LedgerFact> facts;
  for (const lineage::Profile& profile : profiles) {
    REPRISE_ASSIGN_OR_RETURN(const std::string document, lineage::EncodeProfile(profile));
    REPRISE_ASSIGN_OR_RETURN(const storage::PutResult put, writer->Put(AsBytes(document)));
    facts.push_back(NewLedgerFact("profile", profile.content.ToString(), put.digest));
  }
  REPRISE_TRY(session.FinishWriter(std::move(writer)));
  return session.Seal(facts);
}

Result<std::uint64_t> RecordBatch(Store& store, const ColumnSettings& settings,
                                  const std::vector<TableFile>& tables) {
  // Before the content is read: nothing is erased while there is a session, and a profile of what
  // is gone would tell of it.
  REPRISE_ASSIGN_OR_RETURN(const auto session,
                           Session::CreateForFacts(store.files(), store.folder()));
  const auto enter = [&]() -> Result<std::uint64_t> {
    REPRISE_ASSIGN_OR_RETURN(const auto profiles, MakeProfiles(store, settings, tables));
    if (!profiles.empty()) REPRISE_TRY(EnterProfiles(*session, profiles));
    return static_cast<std::uint64_t>(profiles.size());
  };
  auto entered = enter();
  if (!entered.ok() || *entered == 0) {
    (void)session->Abandon();  // The first failure is the one to report.
    return entered;
  }
  REPRISE_TRY(store.AdoptSession(session->id()));
  return entered;
}

}  // namespace

Result<std::vector<TableFile>> TablesOf(Store& store,
                                        const std::vector<lineage::ArtifactUse>& uses) {
  std::vector<TableFile> tables;
  for (const lineage::ArtifactUse& use : uses) {
    if (tables.size() >= kTablesMax) break;
    if (use.kind == lineage::ArtifactKind::kFolder) {
      REPRISE_TRY(AddFolder(store, use, tables));
    } else if (lineage::IsTableName(use.path)) {
      tables.push_back({use.path, use.role, use.digest, use.size_bytes});
    }
  }
  return tables;
}

Result<std::vector<TableFile>> TablesWithoutProfile(Store& store,
                                                    const std::vector<lineage::ArtifactUse>& uses) {
  REPRISE_ASSIGN_OR_RETURN(std::vector<TableFile> tables, TablesOf(store, uses));
  std::set<Digest> seen;
  std::vector<TableFile> left;
  for (TableFile& table : tables) {
    if (!seen.insert(table.content).second) continue;
    REPRISE_ASSIGN_OR_RETURN(const auto known, FindProfile(store.catalog(), table.content));
    if (!known.has_value()) left.push_back(std::move(table));
  }
  return left;
}

Result<std::vector<TableFile>> TablesOfRunWithoutProfile(Store& store, const StoredRun& run) {
  std::vector<lineage::ArtifactUse> uses;
  if (run.recipe.has_value()) uses = run.recipe->inputs;
  uses.insert(uses.end(), run.record.outputs.begin(), run.record.outputs.end());
  return TablesWithoutProfile(store, uses);
}

Result<std::optional<lineage::Profile>> StoredProfile(Store& store, const Digest& content) {
  REPRISE_ASSIGN_OR_RETURN(const auto place, FindProfile(store.catalog(), content));
  if (!place.has_value()) return std::optional<lineage::Profile>();
  REPRISE_ASSIGN_OR_RETURN(const std::string document, store.objects().Get(place->document));
  REPRISE_ASSIGN_OR_RETURN(lineage::Profile profile, lineage::DecodeProfile(document));
  return std::optional(std::move(profile));
}

Result<std::optional<lineage::Profile>> AnyProfile(Store& store, const Digest& content) {
  auto stored = StoredProfile(store, content);
  if (!stored.ok() && !IsDamage(stored.error())) return std::move(stored).error();
  if (stored.ok() && stored->has_value()) return stored;
  auto computed = ComputeProfile(store.objects(), content);
  if (computed.ok()) return std::optional(*std::move(computed));
  if (!IsDamage(computed.error())) return std::move(computed).error();
  return std::optional<lineage::Profile>();
}

Result<lineage::Profile> ComputeProfile(storage::ObjectReader& objects, const Digest& content) {
  lineage::ProfileBuilder builder;
  REPRISE_ASSIGN_OR_RETURN(const auto stream, objects.Open(content));
  std::string part;
  bool is_table = true;
  for (;;) {
    part.clear();
    REPRISE_ASSIGN_OR_RETURN(const bool more, stream->Next(part));
    is_table = is_table && builder.Feed(part);
    if (!more) break;  // Whatever it is, it has been verified to its end.
  }
  lineage::Profile profile = builder.Finish();
  profile.content = content;
  REPRISE_ASSIGN_OR_RETURN(const storage::ObjectInfo info, objects.Describe(content));
  profile.size_bytes = info.size_bytes;
  return profile;
}

Result<std::uint64_t> RecordProfiles(Store& store, const ColumnSettings& settings,
                                     const std::vector<TableFile>& tables,
                                     const std::function<bool()>& stop) {
  if (store.is_read_only()) return std::uint64_t{0};
  const std::vector<TableFile> chosen = OfSize(tables, settings.profile_bytes_max);
  std::uint64_t recorded = 0;
  for (std::size_t next = 0; next < chosen.size() && !stop();) {
    std::vector<TableFile> batch;
    for (std::uint64_t bytes = 0;
         next < chosen.size() && bytes < kBatchBytesMax && batch.size() < kBatchFilesMax; ++next) {
      bytes += chosen[next].size_bytes;
      batch.push_back(chosen[next]);
    }
    REPRISE_ASSIGN_OR_RETURN(const std::uint64_t entered, RecordBatch(store, settings, batch));
    recorded += entered;
  }
  return recorded;
}

}  // namespace reprise::tracker
