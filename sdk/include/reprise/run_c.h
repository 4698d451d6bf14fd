/* Tracks one training run from a C program, or from any language that calls C.
 *
 *   reprise_run* run = reprise_run_start(NULL);
 *   double eta = reprise_run_param_real(run, "eta", 0.1);
 *   for (int step = 0; step < 100; ++step) reprise_run_metric(run, "loss", train(eta), step);
 *   reprise_run_output(run, "model.bin", "model");
 *   reprise_run_finish(run, REPRISE_RUN_FINISHED);
 *   reprise_run_free(run);
 *
 * Each function does what the method of the same name in reprise/run.h does, with the same
 * guarantees and the same thread-safety.  Strings end with a zero byte and are borrowed for the
 * call; a null string is an empty one.  A null handle is a run that records nothing.  Functions
 * that return int return 1 for success or yes, 0 for failure or no, after the error callback was
 * told why.
 */

#ifndef REPRISE_RUN_C_H_
#define REPRISE_RUN_C_H_

#include <stddef.h>
#include <stdint.h>

#include "reprise/export.h"
#include "reprise/version.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct reprise_run reprise_run;

/* What the error callback is told; as reprise::ErrorKind. */
enum {
  REPRISE_ERROR_NO_RECORDER = 1,
  REPRISE_ERROR_RECORDER_LOST = 2,
  REPRISE_ERROR_NO_SPACE = 3,
  REPRISE_ERROR_INVALID = 4,
  REPRISE_ERROR_IO = 5
};

enum {
  REPRISE_LOG_DEBUG = 0,
  REPRISE_LOG_INFO = 1,
  REPRISE_LOG_WARNING = 2,
  REPRISE_LOG_ERROR = 3
};

enum { REPRISE_RUN_FINISHED = 0, REPRISE_RUN_FAILED = 1 };

/* Called for every problem, on the thread that met it.  `message` is one sentence, borrowed for
 * the call.  It must return normally. */
typedef void (*reprise_error_handler)(void* context, int kind, const char* message);

/* As reprise::RunOptions.  Fill it with reprise_run_options_init() before setting fields. */
typedef struct reprise_run_options {
  size_t struct_bytes;
  const char* experiment;
  const char* name;
  reprise_error_handler on_error;
  void* on_error_context;
  int strict;
  int abort_on_error;
  int64_t wait_ms_max;
} reprise_run_options;

/* Sets the defaults. */
REPRISE_EXPORT void reprise_run_options_init(reprise_run_options* options);

/* Joins or begins a run; `options` may be null.  Free the result with reprise_run_free(). */
REPRISE_EXPORT reprise_run* reprise_run_start(const reprise_run_options* options);

/* Each records a parameter and returns the value in force. */
REPRISE_EXPORT int64_t reprise_run_param_int(reprise_run* run, const char* key, int64_t value);
REPRISE_EXPORT uint64_t reprise_run_param_uint(reprise_run* run, const char* key, uint64_t value);
REPRISE_EXPORT double reprise_run_param_real(reprise_run* run, const char* key, double value);
REPRISE_EXPORT int reprise_run_param_bool(reprise_run* run, const char* key, int value);

/* Copies the value in force to `buffer`, cut to its size and ended by a zero byte; returns the
 * whole length of the value in bytes, without the zero byte.  `buffer` may be null. */
REPRISE_EXPORT size_t reprise_run_param_string(reprise_run* run, const char* key, const char* value,
                                               char* buffer, size_t buffer_bytes);

/* Records one point of a series, with the time of the call. */
REPRISE_EXPORT void reprise_run_metric(reprise_run* run, const char* key, double value,
                                       int64_t step);

/* A file or folder that the run depends on, as it is now; does not wait.  `role` may be null. */
REPRISE_EXPORT int reprise_run_input(reprise_run* run, const char* path, const char* role);
/* The content that a file or folder has now, as a result; returns when it is stored. */
REPRISE_EXPORT int reprise_run_output(reprise_run* run, const char* path, const char* role);
/* Evidence about the model that the run makes: a JSON object if it begins with '{', else the path
 * of a file or folder; returns when it is stored. */
REPRISE_EXPORT int reprise_run_evidence(reprise_run* run, const char* kind,
                                        const char* path_or_json);
/* A line of the run's log; `level` is a REPRISE_LOG_ constant. */
REPRISE_EXPORT int reprise_run_log(reprise_run* run, int level, const char* text);
/* A tag, of which the last value counts, and a remark. */
REPRISE_EXPORT int reprise_run_tag(reprise_run* run, const char* key, const char* value);
REPRISE_EXPORT int reprise_run_note(reprise_run* run, const char* text);

/* A column of a table that the run writes, computed from the `source_count` columns `sources` of
 * tables that it reads. */
REPRISE_EXPORT int reprise_run_derive(reprise_run* run, const char* column,
                                      const char* const* sources, size_t source_count);

/* Ends the tracking; `status` is REPRISE_RUN_FINISHED or REPRISE_RUN_FAILED. */
REPRISE_EXPORT int reprise_run_finish(reprise_run* run, int status);

/* Whether calls are being recorded; whether nothing was lost or refused since the start. */
REPRISE_EXPORT int reprise_run_active(const reprise_run* run);
REPRISE_EXPORT int reprise_run_ok(const reprise_run* run);

/* Copies the run's identifier as reprise_run_param_string() does; 26 characters, or none. */
REPRISE_EXPORT size_t reprise_run_id(const reprise_run* run, char* buffer, size_t buffer_bytes);

/* Frees the handle, after finishing the run if that was not done. */
REPRISE_EXPORT void reprise_run_free(reprise_run* run);

/* The version of the library that runs, which may be newer than REPRISE_VERSION. */
REPRISE_EXPORT const char* reprise_version(void);

#ifdef __cplusplus
}
#endif

#endif /* REPRISE_RUN_C_H_ */
