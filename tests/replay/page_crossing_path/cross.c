// The path begins five bytes before the end of a page.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
  const long page = sysconf(_SC_PAGESIZE);
  char* pages =
      mmap(NULL, (size_t)(2 * page), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return 1;
  char* path = strcpy(pages + page - 5, "data/minutes.txt");
  const int in = open(path, O_RDONLY);
  struct stat status;
  FILE* out = fopen("size.txt", "w");
  if (in < 0 || fstat(in, &status) != 0 || out == NULL) return 1;
  fprintf(out, "%ld\n", (long)status.st_size);
  return fclose(out) == 0 ? 0 : 1;
}
