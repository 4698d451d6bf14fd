/* Kills `reprise` by SIGKILL right before its N-th call that can change a file, or be seen by
 * another process.
 *
 * Preloaded (LD_PRELOAD) by the crash test; REPRISE_KILL_POINT is "ROLE N FILE":
 *
 *   ROLE  "main": the process that was executed; "fork": the one that it forked (the keeper)
 *   N     the call, from 1; 0: none, but the number of calls is appended to FILE at the end
 *   FILE  gets "killed\n" before the kill
 *
 * Other programs that inherit both variables, the training program above all, are left alone.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_long g_calls;
static long g_fatal_call = -1; /* -1: this process is left alone. */
static int g_in_fork;
static pid_t g_main_pid;
static char g_file[4096];

/* By raw system calls, which are not counted. */
static void Tell(const char* text) {
  const int fd = (int)syscall(SYS_openat, AT_FDCWD, g_file, O_WRONLY | O_APPEND | O_CREAT, 0600);
  if (fd < 0) return;
  syscall(SYS_write, fd, text, strlen(text));
  syscall(SYS_close, fd);
}

static int IsVictim(void) { return g_fatal_call >= 0 && (getpid() != g_main_pid) == g_in_fork; }

static void Count(void) {
  if (!IsVictim()) return;
  if (atomic_fetch_add(&g_calls, 1) + 1 != g_fatal_call) return;
  const int saved_errno = errno;
  Tell("killed\n");
  kill(getpid(), SIGKILL);
  errno = saved_errno;
}

static void TellCount(void) {
  if (!IsVictim() || g_fatal_call != 0) return;
  char text[32];
  snprintf(text, sizeof text, "%ld\n", atomic_load(&g_calls));
  Tell(text);
}

__attribute__((constructor)) static void Begin(void) {
  const char* const wanted = getenv("REPRISE_KILL_POINT");
  char role[8];
  g_main_pid = getpid();
  if (wanted == NULL || strcmp(program_invocation_short_name, "reprise") != 0) return;
  if (sscanf(wanted, "%7s %ld %4095s", role, &g_fatal_call, g_file) != 3) abort();
  g_in_fork = strcmp(role, "fork") == 0;
}

__attribute__((destructor)) static void End(void) { TellCount(); }

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* The keeper ends by _exit(), which runs no destructor. */
void _exit(int status) {
  TellCount();
  syscall(SYS_exit_group, status);
  __builtin_unreachable();
}

/* NAME(PARAMETERS) counts and calls the real one with ARGUMENTS. */
#define COUNTED(type, name, parameters, arguments) \
  type name parameters {                           \
    Count();                                       \
    return REAL(name) arguments;                   \
  }

COUNTED(ssize_t, write, (int fd, const void* data, size_t size), (fd, data, size))
COUNTED(ssize_t, pwrite, (int fd, const void* data, size_t size, off_t at), (fd, data, size, at))
COUNTED(ssize_t, pwrite64, (int fd, const void* data, size_t size, off64_t at),
        (fd, data, size, at))
COUNTED(ssize_t, send, (int fd, const void* data, size_t size, int flags), (fd, data, size, flags))
COUNTED(int, fsync, (int fd), (fd))
COUNTED(int, fdatasync, (int fd), (fd))
COUNTED(int, ftruncate, (int fd, off_t size), (fd, size))
COUNTED(int, ftruncate64, (int fd, off64_t size), (fd, size))
COUNTED(int, flock, (int fd, int operation), (fd, operation))
COUNTED(int, rename, (const char* from, const char* to), (from, to))
COUNTED(int, unlink, (const char* path), (path))
COUNTED(int, unlinkat, (int folder, const char* path, int flags), (folder, path, flags))
COUNTED(int, rmdir, (const char* path), (path))
COUNTED(int, mkdir, (const char* path, mode_t mode), (path, mode))
COUNTED(int, symlink, (const char* target, const char* path), (target, path))
COUNTED(int, fallocate, (int fd, int mode, off_t at, off_t size), (fd, mode, at, size))
COUNTED(int, fallocate64, (int fd, int mode, off64_t at, off64_t size), (fd, mode, at, size))

/* Only those that may create a file count. */
#define COUNTED_OPEN(name)                              \
  int name(const char* path, int flags, ...) {          \
    mode_t mode = 0;                                    \
    if ((flags & (O_CREAT | O_TMPFILE)) != 0) {         \
      va_list rest;                                     \
      va_start(rest, flags);                            \
      mode = va_arg(rest, mode_t);                      \
      va_end(rest);                                     \
      Count();                                          \
    }                                                   \
    return REAL(name)(path, flags, mode);               \
  }

COUNTED_OPEN(open)
COUNTED_OPEN(open64)
