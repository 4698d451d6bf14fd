// Everything of the file system that a traced run used: "reprise/closure/v1".
//
// A root folder that is made of a closure alone looks to the run as the recording machine did: the
// same files at the same paths, the same names missing, the same names in listed folders.
// docs/formats/closure.md.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::lineage {

// What a file is to a run that uses it, as the rules of lineage/capture/file_rules.h say.
enum class FileClass {
  kCode,           // Of the project, and part of the recipe's code.
  kData,           // An input where the run read it, an output where it changed it.
  kScratch,        // In a folder for temporary files.
  kSystem,         // Executables, libraries, packages of interpreters.
  kCache,          // Computed from other files: __pycache__, ld.so.cache.
  kConfiguration,  // Of the machine or the user.
  kSecret,         // A credential: never stored.
  kDevice,         // Below /dev.
  kKernel,         // Made up by the kernel when it is read: /proc, /sys.
};
std::string_view FileClassName(FileClass file_class);  // "code", "data", …
std::optional<FileClass> ParseFileClass(std::string_view name);
// Whether its content depends on the machine and the moment: there is nothing to keep.
bool IsVolatile(FileClass file_class);
// Whether it came with the machine, and no run is expected to change it.
bool IsOfTheMachine(FileClass file_class);

// What a run did with a file as it was before the run changed it, and whether it did that; bits.
enum FileUse : std::uint32_t {
  kFileLookedUp = 1,
  kFileRead = 2,
  kFileListed = 4,
  kFileExecuted = 8,
  // It wrote, replaced, removed, renamed or linked it, or changed its attributes; of a folder:
  // removed or renamed it.
  kFileChanged = 16,
};

// Why files are of their class.
struct ClosureRule {
  FileClass file_class = FileClass::kSystem;
  std::string pattern;  // As it was written, raw bytes; empty: what the run did decided.
  std::string reason;   // For people; may be empty.
  std::string origin;   // "built in", "reprise.toml:12", "found in this run".

  friend auto operator<=>(const ClosureRule&, const ClosureRule&) = default;
};

// "looked_up", "read", …, in the order of FileUse.
std::vector<std::string> FileUseNames(std::uint32_t uses);

struct ClosureFile {
  std::string path;  // Absolute, and no symlinks on the way; raw bytes.
  FileClass file_class = FileClass::kSystem;
  FileKind kind = FileKind::kFile;
  std::uint32_t uses = 0;  // FileUse; 0: only a part of the path of others.
  // Of kFile; none where it must not be kept (kSecret), has no content (kDevice, kKernel) or could
  // not be read.
  std::optional<Digest> digest;
  std::uint64_t size_bytes = 0;          // Of kFile.
  std::uint32_t mode = 0;                // The permission bits, at most 07777.
  std::int64_t modified_at_unix_ns = 0;  // 0 where there is no content to have a time.
  std::string target;                    // Of kSymlink; raw bytes.
  // Of kSecret: HMAC-SHA-256 under the store's key, in hexadecimal. Tells whether the file is the
  // same again, and nothing else.
  std::optional<std::string> keyed_digest;
  bool stored = false;    // The store keeps the content.
  bool unstable = false;  // It changed while the run used it: the digest may be of later content.
  // Which of Closure::rules made it of its class; none where that was not recorded.
  std::optional<std::size_t> rule;

  friend bool operator==(const ClosureFile&, const ClosureFile&) = default;
};

// The names that a folder had when the run listed it.
struct ClosureListing {
  std::string folder;
  std::vector<std::string> files;
  std::vector<std::string> folders;
  std::vector<std::string> symlinks;
  std::vector<std::string> others;

  friend bool operator==(const ClosureListing&, const ClosureListing&) = default;
};

struct Closure {
  std::vector<ClosureFile> files;        // By path.
  std::vector<std::string> missing;      // Paths that were looked up and not there; by path.
  std::vector<ClosureListing> listings;  // By folder.
  std::vector<ClosureRule> rules;        // In their order, none twice, and each made some file.

  friend bool operator==(const Closure&, const Closure&) = default;
};

inline constexpr std::string_view kClosureType = "reprise/closure/v1";

// The canonical document.  Everything in it is sorted, and rules that no file has are left out:
// equal closures give equal bytes.
Result<std::string> EncodeClosure(Closure closure);
// Errors: kCorruption.
Result<Closure> DecodeClosure(std::string_view document);

}  // namespace reprise::lineage
