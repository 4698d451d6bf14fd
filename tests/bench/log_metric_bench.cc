// What Run::metric() costs the training.
//
// Targets: at most 60 ns a call on one thread, at least 10 million points a second on two.  The
// segments go to a folder below $REPRISE_BENCH_DIR, else the system's folder for temporary files,
// and are removed after each measurement, as a recorder would.

#include <benchmark/benchmark.h>
#include <reprise/run.h>
#include <stdlib.h>

#include <array>
#include <filesystem>
#include <memory>
#include <string>

namespace {

// Of one thread; 32 bytes each.  $REPRISE_BENCH_POINTS sets another number.
std::int64_t Points() {
  const char* const chosen = std::getenv("REPRISE_BENCH_POINTS");
  return chosen != nullptr ? std::atoll(chosen) : 4'000'000;
}

class Metric : public benchmark::Fixture {
 public:
  void SetUp(const benchmark::State& state) override {
    if (state.thread_index() != 0) return;
    const char* chosen = std::getenv("REPRISE_BENCH_DIR");
    const std::filesystem::path parent =
        chosen != nullptr ? std::filesystem::path(chosen) : std::filesystem::temp_directory_path();
    std::string pattern = (parent / "reprise-bench-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
    setenv("REPRISE_RUN_DIR", folder_.c_str(), 1);
    run_ = std::make_unique<reprise::Run>(
        reprise::Run::Start({.on_error = [](const reprise::Problem&) {}, .wait_ms_max = 0}));
  }

  void TearDown(const benchmark::State& state) override {
    if (state.thread_index() != 0) return;
    run_.reset();
    std::filesystem::remove_all(folder_);
  }

 protected:
  std::filesystem::path folder_;
  std::unique_ptr<reprise::Run> run_;
};

BENCHMARK_DEFINE_F(Metric, OneKey)(benchmark::State& state) {
  std::int64_t step = 0;
  for (auto _ : state) run_->metric("loss", 0.5, step++);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_REGISTER_F(Metric, OneKey)->Iterations(Points())->Threads(1)->Threads(2)->UseRealTime();

BENCHMARK_DEFINE_F(Metric, SixteenKeys)(benchmark::State& state) {
  std::array<std::string, 16> keys;
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = "layer_" + std::to_string(i) + "/norm";
  std::int64_t step = 0;
  for (auto _ : state) {
    run_->metric(keys[static_cast<std::size_t>(step) % keys.size()], 0.5, step);
    ++step;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_REGISTER_F(Metric, SixteenKeys)
    ->Iterations(Points())
    ->Threads(1)
    ->Threads(2)
    ->UseRealTime();

void Untracked(benchmark::State& state) {
  reprise::Run run;
  for (auto _ : state) run.metric("loss", 0.5, 1);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(Untracked);

}  // namespace

BENCHMARK_MAIN();
