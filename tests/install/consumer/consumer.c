/* The same in C. */
#include <reprise/run_c.h>

int main(void) {
  reprise_run_options options;
  reprise_run_options_init(&options);
  options.wait_ms_max = 0;
  reprise_run* run = reprise_run_start(&options);
  reprise_run_metric(run, "loss", reprise_run_param_real(run, "eta", 0.5), 1);
  const int ok = reprise_run_ok(run);
  reprise_run_free(run);
  return ok ? 0 : 1;
}
