#include <stdio.h>

#include "model.h"

int main(void) {
  for (int month = 1; month <= 12; ++month) printf("%d %.17g\n", month, Forecast(month));
  return 0;
}
