// The mean of a file of doubles that is mapped.
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const int file = open(argv[1], O_RDONLY);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) return 1;
  const double* samples = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
  if (samples == MAP_FAILED) return 1;
  const size_t count = (size_t)status.st_size / sizeof(double);
  double sum = 0;
  for (size_t i = 0; i < count; ++i) sum += samples[i];
  FILE* out = fopen(argv[2], "w");
  if (out == NULL) return 1;
  fprintf(out, "%.17g\n", sum / (double)count);
  return fclose(out) == 0 ? 0 : 1;
}
