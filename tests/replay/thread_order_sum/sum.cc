// Floating-point addition is not associative, and who comes first is not decided here.
#include <atomic>
#include <cmath>
#include <fstream>
#include <iomanip>
#include <mutex>
#include <thread>
#include <vector>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  constexpr int kThreads = 4;
  std::atomic<int> ready = 0;
  std::mutex mutex;
  float total = 0;
  double weighted = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([t, &ready, &mutex, &total, &weighted] {
      // All begin at once, and go on for longer than any of them may run undisturbed.
      ++ready;
      while (ready < kThreads) std::this_thread::yield();
      for (int i = 1; i < 700000; ++i) {
        const float part = std::sin(static_cast<float>(i * (t + 1))) * static_cast<float>(i);
        const std::lock_guard lock(mutex);
        total += part;
        weighted += total / i;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::ofstream(argv[1]) << std::setprecision(17) << total << ' ' << weighted << '\n';
  return 0;
}
