#include "tracker/recorder/file_classes.h"

#include "lineage/capture/system_view.h"

namespace reprise::tracker {

using lineage::FileClass;

Result<FileClasses> FileClasses::Load(FileSystem& files, const std::string& project_folder,
                                      const v1::CodeCaptured* code) {
  FileClasses classes;
  classes.project_ = capture::SystemView(files).RealPath(project_folder).value_or(project_folder);
  if (code == nullptr) return classes;
  classes.in_git_ = code->in_git();
  for (const v1::CodeFile& file : code->files()) {
    if (file.tracked()) classes.tracked_.insert(file.path());
  }
  return classes;
}

namespace {

bool IsSecretPath(const std::string& path) {
  const std::string name = BaseName(path);
  for (const std::string_view folder : {"/.aws/", "/.ssh/", "/.gnupg/", "/.kube/"}) {
    if (path.find(folder) != std::string::npos) return true;
  }
  return name == ".netrc" || name == ".env" || name == ".pgpass" || name == ".git-credentials" ||
         name == "id_rsa" || name == "id_ed25519" || name.ends_with(".key");
}

}  // namespace

FileClass FileClasses::ClassOf(const std::string& path) const {
  if (IsSecretPath(path)) return FileClass::kSecret;
  const auto below = [&](std::string_view folder) { return path.starts_with(folder); };
  if (const auto inside = capture::Below(project_, path)) {
    if (path.ends_with(".pyc") || path.find("/__pycache__") != std::string::npos) {
      return FileClass::kCache;
    }
    if (tracked_.contains(*inside)) return FileClass::kCode;
    const std::size_t dot = path.rfind('.');
    const std::string suffix = dot == std::string::npos ? "" : path.substr(dot);
    const bool code = suffix == ".py" || suffix == ".sh" || suffix == ".c" || suffix == ".cc" ||
                      suffix == ".h" || suffix == ".R";
    return code ? FileClass::kCode : FileClass::kData;
  }
  if (below("/proc/") || below("/sys/")) return FileClass::kKernel;
  if (below("/dev/shm/") || below("/tmp/") || below("/var/tmp/")) return FileClass::kScratch;
  if (below("/dev/")) return FileClass::kDevice;
  if (below("/etc/")) return FileClass::kConfiguration;
  if (below("/usr/") || below("/lib") || below("/bin") || below("/opt/") || path == "/") {
    return FileClass::kSystem;
  }
  return FileClass::kData;
}

}  // namespace reprise::tracker
