// Records one point in the run that it finds in the environment.
#include <reprise/run.h>

int main() {
  reprise::Run run = reprise::Run::Start({.experiment = "install", .wait_ms_max = 0});
  run.metric("loss", run.param("eta", 0.5), 1);
  return run.ok() ? 0 : 1;
}
