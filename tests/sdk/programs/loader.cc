// Loads and unloads the library several times, with threads that outlive each time.
//
// Argument: the path of libreprise.so.

#include <dlfcn.h>
#include <reprise/run_c.h>

#include <atomic>
#include <cstdio>
#include <thread>
#include <vector>

namespace {

template <typename Function>
Function Find(void* library, const char* name, Function /*type*/) {
  return reinterpret_cast<Function>(dlsym(library, name));
}

std::atomic<bool> g_go{false};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  std::vector<std::thread> threads;
  for (int round = 0; round < 3; ++round) {
    void* library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      std::fprintf(stderr, "%s\n", dlerror());
      return 3;
    }
    const auto init = Find(library, "reprise_run_options_init", &reprise_run_options_init);
    const auto start = Find(library, "reprise_run_start", &reprise_run_start);
    const auto metric = Find(library, "reprise_run_metric", &reprise_run_metric);
    const auto release = Find(library, "reprise_run_free", &reprise_run_free);
    reprise_run_options options;
    init(&options);
    options.wait_ms_max = 0;
    reprise_run* run = start(&options);
    std::atomic<bool> recorded{false};
    threads.emplace_back([&recorded, run, metric] {
      metric(run, "thread", 1, 0);
      recorded = true;
      while (!g_go) std::this_thread::yield();  // Ends after the library was let go of.
    });
    while (!recorded) std::this_thread::yield();
    metric(run, "main", 1, 0);
    release(run);
    dlclose(library);
  }
  g_go = true;
  for (std::thread& thread : threads) thread.join();
  return 0;
}
