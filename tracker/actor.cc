#include "tracker/actor.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

#include "storage/base/bytes.h"

namespace reprise::tracker {

std::string CurrentActor() {
  if (const char* const named = std::getenv("REPRISE_ACTOR"); named != nullptr && *named != '\0') {
    return Printable(named);
  }
  passwd entry;
  passwd* found = nullptr;
  char buffer[4096];
  if (getpwuid_r(geteuid(), &entry, buffer, sizeof buffer, &found) == 0 && found != nullptr) {
    return Printable(found->pw_name);
  }
  return "uid " + std::to_string(geteuid());
}

}  // namespace reprise::tracker
