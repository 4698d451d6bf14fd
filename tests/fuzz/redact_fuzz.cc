// Secrets among arbitrary bytes: what was redacted once has nothing left to redact, a well-known
// token never survives, and a command keeps its number of arguments.  Lines are arguments.

#include <cstddef>
#include <cstdint>
#include <string>

#include "lineage/capture/redact.h"
#include "lineage/capture/system_view.h"
#include "storage/base/assert.h"
#include "storage/base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise::capture;  // NOLINT: a fuzz target is its own program.
  const std::string text(reinterpret_cast<const char*>(data), size);
  const RedactedText once = RedactText(text);
  REPRISE_ASSERT(once.redacted || once.text == text);
  REPRISE_ASSERT(RedactText(once.text).text == once.text);

  const std::string secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
  for (const std::string& around : {text + " " + secret, secret + " " + text}) {
    const RedactedText kept = RedactText(around);
    REPRISE_ASSERT(kept.redacted && kept.text.find(secret) == std::string::npos);
  }
  std::vector<std::string> arguments = Split(text, '\n');
  REPRISE_ASSERT(RedactArguments(arguments).arguments.size() == arguments.size());
  (void)IsSecretVariable(text);
  return 0;
}
