// Where the artifacts of an MLflow run lie on this machine.
//
// MLflow names the place by a URI that is often absolute, so that of a store which was moved it
// names nothing.  And it is outside bytes: a database from a stranger can name any folder.  So a
// place is believed only if it has the form that MLflow gives it, "…/<id>/artifacts", and no link
// leads from there to elsewhere.
//
// Thread-safety: as FileSystem.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::tracker {

// Before a path within MLflow's folder of artifacts.  Not the bare path: what a run wrote under a
// path of the project is no code of later runs, and an artifact "train.py" is no such thing.
inline constexpr std::string_view kMlflowArtifactFolder = "mlflow-artifacts";

// RFC 3986, section 2.1; what is no code stays as it is.
std::string PercentDecoded(std::string_view text);

struct ArtifactPlace {
  std::optional<std::string> folder;  // Absolute.
  // Without a folder: whether the URI names one on another machine ("s3://…"), or one that is
  // malformed.  Otherwise there is none, as of a run without artifacts.
  bool is_elsewhere = false;
};

// `location`: as the store has it.  `id`: of the run or model.  `store_folder`:
// MlflowStore::folder(). Looked for below the store's folder, mlruns/ and mlartifacts/ there and
// mlartifacts/ beside it, then where `location` itself says.
ArtifactPlace FindArtifacts(FileSystem& files, const std::string& store_folder,
                            const std::string& location, const std::string& id);

struct ArtifactEntry {
  std::string name;
  bool is_folder = false;
  // Regular files in it (one, of a file), by path relative to the artifacts' folder, and bytes.
  std::vector<std::pair<std::string, std::uint64_t>> files;
};

struct ArtifactList {
  std::vector<ArtifactEntry> entries;  // By name; folders without a file are left out.
  std::uint64_t left_out = 0;          // Links, sockets and the like.
};

// What lies in a run's folder of artifacts.
Result<ArtifactList> ListArtifacts(FileSystem& files, const std::string& folder);

}  // namespace reprise::tracker
