// A static schedule, and parts that are added in their order.
#include <math.h>
#include <stdio.h>

int omp_get_num_threads(void);
int omp_get_thread_num(void);

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  double parts[64] = {0};
  int threads = 1;
#pragma omp parallel
  {
    if (omp_get_thread_num() == 0) threads = omp_get_num_threads();
    double part = 0;
#pragma omp for schedule(static)
    for (int i = 1; i < 1000000; ++i) part += sin(i) / i;
    parts[omp_get_thread_num() % 64] = part;
  }
  double sum = 0;
  for (int i = 0; i < 64; ++i) sum += parts[i];
  FILE* out = fopen(argv[1], "w");
  if (out == NULL) return 1;
  fprintf(out, "%d %.17g\n", threads, sum);
  return fclose(out) == 0 ? 0 : 1;
}
