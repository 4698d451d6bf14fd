#include "storage/base/log.h"

#include <unistd.h>

#include <string>

namespace reprise {

void LogWarning(std::string_view message) {
  const std::string line = "reprise: warning: " + std::string(message) + "\n";
  // One write, so that lines of several processes do not mix; nothing can be done if it fails.
  (void)!write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace reprise
