/* Fits y = 2x by gradient descent and tracks it. */
#include <reprise/run_c.h>
#include <stdio.h>

int main(void) {
  reprise_run* run = reprise_run_start(NULL);
  const double eta = reprise_run_param_real(run, "eta", 0.1);
  double slope = 0;
  for (int step = 0; step < 100; ++step) {
    reprise_run_metric(run, "loss", (slope - 2) * (slope - 2), step);
    slope -= eta * 2 * (slope - 2);
  }
  FILE* file = fopen("slope.txt", "w");
  if (file != NULL) {
    fprintf(file, "%g\n", slope);
    fclose(file);
  }
  reprise_run_output(run, "slope.txt", "model");
  reprise_run_finish(run, file != NULL ? REPRISE_RUN_FINISHED : REPRISE_RUN_FAILED);
  reprise_run_free(run);
  return 0;
}
