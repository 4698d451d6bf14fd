// Executes ./payload from memory.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void) {
  const int memory = memfd_create("payload", MFD_CLOEXEC);
  const int file = open("payload", O_RDONLY);
  if (memory < 0 || file < 0) return 1;
  char buffer[65536];
  for (ssize_t size; (size = read(file, buffer, sizeof buffer)) > 0;) {
    if (write(memory, buffer, (size_t)size) != size) return 1;
  }
  char* const arguments[] = {"payload", NULL};
  char* const variables[] = {NULL};
  fexecve(memory, arguments, variables);
  perror("fexecve");
  return 1;
}
