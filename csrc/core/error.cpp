// Wording of numbers in error texts.
#include "core/error.hpp"

#include <cstdio>

namespace pyad {

void append_text(std::string& s, double v) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%g", v);
  s += buffer;
}

}  // namespace pyad
