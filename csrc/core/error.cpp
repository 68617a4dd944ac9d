// Messages, joined of their parts.
#include "core/error.hpp"

#include <cstdio>

namespace pyad {

void append_text(std::string& s, double v) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%g", v);
  s += buffer;
}

std::string joined(const MessagePart* parts, int count) {
  std::string s;
  for (int i = 0; i < count; ++i) parts[i].append(s, parts[i].value);
  return s;
}

void fail_with(ErrorKind kind, const MessagePart* parts, int count) {
  throw Error(kind, joined(parts, count));
}

}  // namespace pyad
