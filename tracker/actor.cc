#include "tracker/actor.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

#include "storage/base/bytes.h"
#include "storage/ledger_entry.h"

namespace reprise::tracker {

namespace {

// Cut, at a whole character, to what an entry of the ledger can name.
std::string ActorText(std::string_view name) {
  std::string text = Printable(name);
  if (text.size() <= storage::kLedgerActorSizeBytesMax) return text;
  std::size_t size = storage::kLedgerActorSizeBytesMax;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0U) == 0x80) --size;
  text.resize(size);
  return text;
}

}  // namespace

std::string CurrentActor() {
  if (const char* const named = std::getenv("REPRISE_ACTOR"); named != nullptr && *named != '\0') {
    return ActorText(named);
  }
  passwd entry;
  passwd* found = nullptr;
  char buffer[4096];
  if (getpwuid_r(geteuid(), &entry, buffer, sizeof buffer, &found) == 0 && found != nullptr) {
    return ActorText(found->pw_name);
  }
  return "uid " + std::to_string(geteuid());
}

}  // namespace reprise::tracker
