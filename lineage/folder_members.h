// Which folders a file or folder lies in, and which files of a folder are known from elsewhere.
//
// Rows are kept once for each tree document, not for each run, so a data set that a thousand runs
// read is indexed once; subfolders that versions share are shared here too.  The rows from a member
// to its folders are kept apart for folders that runs wrote and folders that runs read, so that
// "did any run write this file?" is one look-up for the many files that no run wrote.
//
// Thread-safety: as the catalog.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lineage/artifact.h"
#include "lineage/graph.h"
#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "storage/catalog.h"
#include "storage/object_store.h"

namespace reprise::lineage {

// Why a folder is indexed: a run read it (or it is a dataset), or a run wrote it.
enum class FolderRole : char { kUsed = 'u', kProduced = 'p' };

// Notes that `tree`, which an adopted session recorded as a folder, is whole
// (storage/object_rows.h), and links everything below it to the folders that hold it, unless that
// was done before.  A tree that cannot be read is skipped: it is for fsck to report, and must not
// keep a store from opening.
Result<void> IndexMembers(const Digest& tree, FolderRole role, const storage::Catalog& catalog,
                          storage::ObjectReader& objects, storage::CatalogBatch& batch);

// A file or folder below a folder.
struct Member {
  Digest digest;
  std::string path;  // Relative to the folder.
};

// The folders of `role`, at any distance, that `artifact` lies in: `digest` is the folder's, `path`
// leads from it to the artifact.  An artifact that lies in one folder at more than kMemberPathsMax
// places is reported for some of them.
inline constexpr std::size_t kMemberPathsMax = 10'000;
Result<std::vector<Member>> FoldersAround(const storage::Catalog& catalog, const Digest& artifact,
                                          FolderRole role);

// What `artifact` is to the runs and datasets that name it or a folder around it, as far as folders
// are indexed: a folder if it is one to any of them.  Absent: nothing of the kind names it.
Result<std::optional<ArtifactKind>> KnownKind(const storage::Catalog& catalog,
                                              const Digest& artifact);

// Finds the members of folders that runs wrote (kProduced) or read (kUsed) otherwise than through
// that very folder, and remembers the answers while the catalog does not change.
class KnownMembers {
 public:
  explicit KnownMembers(const storage::Catalog& catalog) : catalog_(catalog) {}

  // In path order of a walk, folders before their members.
  Result<const std::vector<Member>*> Find(const Digest& folder, FolderRole role);

 private:
  const storage::Catalog& catalog_;
  std::map<std::pair<Digest, FolderRole>, std::vector<Member>> found_;
};

}  // namespace reprise::lineage
