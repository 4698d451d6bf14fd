// Fits y = 2x by gradient descent and tracks it.
#include <reprise/run.h>

#include <fstream>

int main() {
  reprise::Run run = reprise::Run::Start({.experiment = "minimal"});
  const double eta = run.param("eta", 0.1);
  double slope = 0;
  for (int step = 0; step < 100; ++step) {
    run.metric("loss", (slope - 2) * (slope - 2), step);
    slope -= eta * 2 * (slope - 2);
  }
  std::ofstream("slope.txt") << slope << '\n';
  run.output("slope.txt", "model");
}
