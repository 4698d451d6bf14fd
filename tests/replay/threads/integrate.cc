// Each thread has a slot of its own, and the slots are added in their order.
#include <array>
#include <cmath>
#include <fstream>
#include <iomanip>
#include <thread>
#include <vector>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  constexpr int kThreads = 4;
  constexpr int kSteps = 250000;
  std::array<double, kThreads> parts{};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([t, &parts] {
      double sum = 0;
      for (int i = 0; i < kSteps; ++i) {
        const double x = (t * kSteps + i + 0.5) / (kThreads * kSteps);
        sum += std::exp(-x * x) / (kThreads * kSteps);
      }
      parts[t] = sum;
    });
  }
  for (std::thread& thread : threads) thread.join();
  double total = 0;
  for (const double part : parts) total += part;
  std::ofstream(argv[1]) << std::setprecision(17) << total << '\n';
  return 0;
}
