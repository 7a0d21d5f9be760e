#include "task.h"

long long solve(const long long *numbers, int count) {
  long long sum = 0;
  for (int index = 0; index < count; index++) sum += numbers[index];
  return sum;
}
