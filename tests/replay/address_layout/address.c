// Where things lie in memory.
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  void* heap = malloc(100);
  FILE* out = fopen(argv[1], "w");
  if (heap == NULL || out == NULL) return 1;
  fprintf(out, "%p %p %p\n", (void*)&heap, heap, (void*)main);
  free(heap);
  return fclose(out) == 0 ? 0 : 1;
}
