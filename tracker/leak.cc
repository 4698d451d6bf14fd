#include "tracker/leak.h"

#include <algorithm>

#include "storage/base/text_value.h"
#include "tracker/leak_rows.h"

namespace reprise::tracker {
namespace {

using lineage::ContentFile;

// Finds and compares what the files of a run share.
class LeakFinder {
 public:
  LeakFinder(storage::ObjectReader& objects, const LeakOptions& options)
      : objects_(objects), options_(options) {}

  Result<LeakReport> Find(const std::vector<lineage::ArtifactUse>& inputs) {
    REPRISE_TRY(GatherFiles(inputs));
    std::ranges::stable_sort(report_.files, {}, &LeakFile::role);
    if (report_.has_two_roles()) REPRISE_TRY(Compare());
    for (auto& [places, pair] : pairs_) {
      (pair.is_by_chance() ? report_.by_chance : report_.pairs).push_back(std::move(pair));
    }
    report_.not_checked = not_checked_.Take();
    report_.not_read = not_read_.Take();
    return std::move(report_);
  }

 private:
  Result<void> Compare() {
    std::map<SplitRole, std::vector<std::size_t>> by_role;
    for (std::size_t i = 0; i < report_.files.size(); ++i) {
      by_role[report_.files[i].role].push_back(i);
    }
    for (auto a = by_role.begin(); a != by_role.end(); ++a) {
      for (auto b = std::next(a); b != by_role.end(); ++b) {
        REPRISE_TRY(CompareContent(a->second, b->second));
      }
    }
    return CompareRows(objects_, options_, report_.files, pairs_, not_checked_, not_read_);
  }

  Result<void> GatherFiles(const std::vector<lineage::ArtifactUse>& inputs) {
    const std::size_t files_max = options_.files_max.value_or(SIZE_MAX);
    for (const lineage::ArtifactUse& use : inputs) {
      const auto found = lineage::FilesOf(objects_, use, files_max);
      if (!found.ok()) {
        if (!IsDamage(found.error())) return found.error();
        not_checked_.Add("the folder " + Printable(use.path) + " is not stored, or damaged");
        continue;
      }
      if (found->was_cut) {
        not_checked_.Add("of the folder " + Printable(use.path) + " only the first " +
                         std::to_string(files_max) + " files were compared");
      }
      for (const ContentFile& file : found->files) {
        if (file.size_bytes == 0) continue;
        const bool is_given = !file.role.empty();
        const auto role = is_given ? GivenRole(file.role) : SplitRoleOfPath(file.path);
        if (!role.has_value()) continue;
        if (report_.files.size() >= files_max) {
          not_checked_.Add("only the first " + std::to_string(files_max) + " files were compared");
          return {};
        }
        report_.files.push_back({*role, is_given, file});
      }
    }
    return {};
  }

  LeakingPair& PairOf(std::size_t a, std::size_t b) {
    LeakingPair& pair = pairs_[{a, b}];
    pair.a = report_.files[a];
    pair.b = report_.files[b];
    return pair;
  }

  std::vector<ContentFile> Files(const std::vector<std::size_t>& places) const {
    std::vector<ContentFile> files;
    for (const std::size_t place : places) files.push_back(report_.files[place].file);
    return files;
  }

  Result<void> CompareContent(const std::vector<std::size_t>& a,
                              const std::vector<std::size_t>& b) {
    REPRISE_ASSIGN_OR_RETURN(
        const lineage::ContentOverlap overlap,
        lineage::FindContentOverlap(objects_, Files(a), Files(b),
                                    {.is_cancelled = options_.sorting.is_cancelled}));
    for (const std::string& path : overlap.unread) {
      not_checked_.Add("the chunks of " + Printable(path) +
                       " are not known: it is not stored, or damaged");
    }
    for (const lineage::SharingFiles& files : overlap.files) {
      PairOf(a[files.a], b[files.b]).shared_bytes = files.shared_bytes;
    }
    std::map<Digest, std::size_t> known;
    for (const std::size_t place : a) known.emplace(report_.files[place].file.digest, place);
    for (const std::size_t place : b) {
      const auto same = known.find(report_.files[place].file.digest);
      if (same == known.end()) continue;
      LeakingPair& pair = PairOf(same->second, place);
      pair.is_same_file = true;
      pair.shared_bytes = report_.files[place].file.size_bytes;
    }
    return {};
  }

  storage::ObjectReader& objects_;
  const LeakOptions& options_;
  LeakReport report_;
  LeakingPairs pairs_;
  SentenceList not_checked_;
  SentenceList not_read_;
};

}  // namespace

bool LeakReport::has_two_roles() const {
  return std::ranges::any_of(files,
                             [&](const LeakFile& file) { return file.role != files.front().role; });
}

Result<LeakReport> FindLeaks(storage::ObjectReader& objects,
                             const std::vector<lineage::ArtifactUse>& inputs,
                             const LeakOptions& options) {
  return LeakFinder(objects, options).Find(inputs);
}

}  // namespace reprise::tracker
