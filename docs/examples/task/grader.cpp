#include "task.h"
#include <iostream>
#include <vector>

int main() {
  std::vector<long long> numbers;
  for (long long number; std::cin >> number;) numbers.push_back(number);
  std::cout << solve(numbers.data(), int(numbers.size())) << "\n";
}
