// Logs points and ends by SIGSYS if that made a system call, with status 3 if it allocated memory,
// and with status 4 if it took a lock of pthreads.
//
// Usage: hot_path [calls|allocates|locks]: does one such thing on purpose, which must be noticed.
//
// After the first point of each key a seccomp filter lets nothing through but exit_group(2).
// Allocations are counted by functions that stand before those of libc; under a sanitizer, which
// stands there itself, by its hooks, and locks are not counted.  Under ThreadSanitizer, which makes
// system calls whenever it needs memory, these are not forbidden.

#include <dlfcn.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <reprise/run.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <mutex>
#include <string>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HOT_PATH_SANITIZED 1
#else
#define HOT_PATH_SANITIZED 0
#endif

namespace {

constexpr int kSteps = 900;  // Of two keys: they fit into the first segment.

volatile bool g_counting = false;
volatile int g_allocations = 0;
volatile int g_locks = 0;

void CountAllocation() {
  if (g_counting) g_allocations = g_allocations + 1;
}

}  // namespace

#if HOT_PATH_SANITIZED

// From sanitizer/allocator_interface.h.
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void*,
                                                                             std::size_t),
                                                         void (*free_hook)(const volatile void*));

namespace {

void CountAllocations() {
  __sanitizer_install_malloc_and_free_hooks(
      [](const volatile void*, std::size_t) { CountAllocation(); }, [](const volatile void*) {});
}

}  // namespace

#else

namespace {

void CountAllocations() {}

void CountLock() {
  if (g_counting) g_locks = g_locks + 1;
}

template <typename Function>
Function* Next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) {
  CountAllocation();
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  CountAllocation();
  return __libc_calloc(count, size);
}
void* realloc(void* memory, std::size_t size) {
  CountAllocation();
  return __libc_realloc(memory, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  CountAllocation();
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  CountAllocation();
  *memory = __libc_memalign(alignment, size);
  return *memory == nullptr ? ENOMEM : 0;
}

int pthread_mutex_lock(pthread_mutex_t* mutex) {
  static auto* const next = Next<int(pthread_mutex_t*)>("pthread_mutex_lock");
  CountLock();
  return next(mutex);
}
int pthread_rwlock_rdlock(pthread_rwlock_t* lock) {
  static auto* const next = Next<int(pthread_rwlock_t*)>("pthread_rwlock_rdlock");
  CountLock();
  return next(lock);
}
int pthread_rwlock_wrlock(pthread_rwlock_t* lock) {
  static auto* const next = Next<int(pthread_rwlock_t*)>("pthread_rwlock_wrlock");
  CountLock();
  return next(lock);
}

}  // extern "C"

#endif

namespace {

// From here every system call of this thread but exit_group(2) kills the process.
bool ForbidSystemCalls() {
#if defined(__SANITIZE_THREAD__)
  return true;
#endif
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  const sock_fprog program{sizeof code / sizeof code[0], code};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mischief = argc > 1 ? argv[1] : "";
  std::mutex mutex;
  reprise::Run run = reprise::Run::Start({});
  if (!run.active()) return 2;
  run.metric("loss", 1.0, 0);
  run.metric("accuracy", 0.0, 0);
  CountAllocations();
  if (!ForbidSystemCalls()) {
    std::perror("cannot install a seccomp filter");
    return 77;
  }
  g_counting = true;
  for (int step = 1; step <= kSteps; ++step) {
    run.metric("loss", 1.0 / step, step);
    run.metric("accuracy", 1.0 - 1.0 / step, step);
  }
  if (mischief == "calls") syscall(SYS_getppid);
  if (mischief == "allocates") *static_cast<char* volatile*>(operator new(sizeof(char*))) = nullptr;
  if (mischief == "locks") mutex.lock();
  g_counting = false;
  // Without the destructors, and without what AddressSanitizer does before _exit().
  syscall(SYS_exit_group, g_allocations > 0 ? 3 : g_locks > 0 ? 4 : 0);
}
