#include "model.h"

double Forecast(int month) { return 1000.0 / (1.0 + 0.1 * month); }
