// Uses a Run where programs are about to end: from static destructors and exit handlers.
//
// Argument: `static`  the Run itself is a static object;
//           `leaked`  the Run is never destroyed, and the process exits with 3;
//           `before`  an object that was made before the Run records in its destructor.

#include <reprise/run.h>

#include <cstdlib>
#include <string>

namespace {

reprise::RunOptions Options() {
  reprise::RunOptions options;
  options.wait_ms_max = 0;
  return options;
}

reprise::Run* g_run = nullptr;

struct RecordsWhenDestroyed {
  ~RecordsWhenDestroyed() {
    if (g_run != nullptr) g_run->metric("destructor", 1);
  }
};
RecordsWhenDestroyed g_made_before;

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "static") {
    static reprise::Run run = reprise::Run::Start(Options());
    run.metric("main", 1);
    std::atexit([] { run.metric("atexit", 1); });
    return 0;
  }
  g_run = new reprise::Run(reprise::Run::Start(Options()));
  g_run->metric("main", 1);
  std::atexit([] { g_run->metric("atexit", 1); });
  std::exit(mode == "leaked" ? 3 : 0);
}
