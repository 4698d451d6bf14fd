// Least squares of the amount by the months.
#include <fstream>
#include <iomanip>
#include <sstream>
#include <string>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::ifstream in(argv[1]);
  std::string line;
  std::getline(in, line);  // The head.
  double n = 0, x = 0, y = 0, xx = 0, xy = 0;
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    std::string field[5];
    for (std::string& value : field) std::getline(fields, value, ',');
    const double months = std::stod(field[3]);
    const double amount = std::stod(field[2]);
    n += 1;
    x += months;
    y += amount;
    xx += months * months;
    xy += months * amount;
  }
  const double slope = (n * xy - x * y) / (n * xx - x * x);
  std::ofstream out(argv[2]);
  out << std::setprecision(17) << "{\"intercept\": " << (y - slope * x) / n
      << ", \"slope\": " << slope << "}\n";
  return out.good() ? 0 : 1;
}
