// See attributes.hpp.
#include "ops/attributes.hpp"

#include <set>

namespace pyad {

const char* detail::kept_text(const std::string& text) {
  static std::set<std::string> all;
  return all.insert(text).first->c_str();
}

}  // namespace pyad
