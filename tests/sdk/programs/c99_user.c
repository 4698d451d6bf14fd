/* The C header is C99, and a C program can do without a C++ compiler. */
#include <reprise/run_c.h>
#include <stdio.h>
#include <string.h>

static void on_error(void* context, int kind, const char* message) {
  fprintf(stderr, "%s %d %s\n", (const char*)context, kind, message);
}

int main(void) {
  reprise_run_options options;
  reprise_run_options_init(&options);
  options.on_error = on_error;
  options.on_error_context = (void*)"c99_user";
  options.wait_ms_max = 0;
  reprise_run* run = reprise_run_start(&options);
  for (int step = 0; step < 10; ++step) reprise_run_metric(run, "c99", step, step);
  const int done = reprise_run_finish(run, REPRISE_RUN_FINISHED);
  reprise_run_free(run);
  return done && strcmp(reprise_version(), REPRISE_VERSION) == 0 ? 0 : 1;
}
