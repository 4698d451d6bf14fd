#include "storage/base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace reprise::internal {

void AssertFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "reprise: internal error at %s:%d: %s does not hold; please report this\n",
               file, line, condition);
  std::abort();
}

}  // namespace reprise::internal
