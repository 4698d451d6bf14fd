// The filter lets everything through; its listener is closed again in the child.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  if (fork() == 0) {
    struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {.len = 1, .filter = &allow};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    const long listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                  SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    if (listener >= 0) close((int)listener);
    _exit(0);
  }
  int status = 1;
  wait(&status);
  FILE* out = fopen("answer.txt", "w");
  if (out == NULL) return 1;
  fprintf(out, "the child ended with %d\n", status);
  return fclose(out) == 0 ? 0 : 1;
}
