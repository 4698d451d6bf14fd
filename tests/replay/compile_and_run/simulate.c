// A logistic map.
#include <math.h>
#include <stdio.h>

int main(void) {
  double x = 0.1;
  for (int i = 0; i < 1000; ++i) x = 3.7 * x * (1 - x);
  printf("%.17g %.17g\n", x, sqrt(x));
  return 0;
}
