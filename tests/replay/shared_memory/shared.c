// A child fills the memory, its parent adds it up.
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kCount = 100000 };

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  char name[64];
  snprintf(name, sizeof name, "/replay-%d", (int)getpid());
  const int memory = shm_open(name, O_CREAT | O_EXCL | O_RDWR, 0600);
  if (memory < 0 || ftruncate(memory, kCount * sizeof(int)) != 0) return 1;
  if (fork() == 0) {
    const int same = shm_open(name, O_RDWR, 0);
    int* numbers = mmap(NULL, kCount * sizeof(int), PROT_WRITE, MAP_SHARED, same, 0);
    if (same < 0 || numbers == MAP_FAILED) _exit(1);
    for (int i = 0; i < kCount; ++i) numbers[i] = i % 97;
    _exit(0);
  }
  int status = 1;
  wait(&status);
  const int* numbers = mmap(NULL, kCount * sizeof(int), PROT_READ, MAP_SHARED, memory, 0);
  shm_unlink(name);
  FILE* out = fopen(argv[1], "w");
  if (status != 0 || numbers == MAP_FAILED || out == NULL) return 1;
  long sum = 0;
  for (int i = 0; i < kCount; ++i) sum += numbers[i];
  fprintf(out, "%ld\n", sum);
  return fclose(out) == 0 ? 0 : 1;
}
