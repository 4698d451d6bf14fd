// Floating-point addition is not associative, and who comes first is not decided here.
#include <cmath>
#include <fstream>
#include <iomanip>
#include <mutex>
#include <thread>
#include <vector>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  std::mutex mutex;
  float total = 0;
  double weighted = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t, &mutex, &total, &weighted] {
      for (int i = 1; i < 200000; ++i) {
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
