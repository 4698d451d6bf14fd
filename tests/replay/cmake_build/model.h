// What is due in a month.
double Forecast(int month);
