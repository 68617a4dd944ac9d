// Lists of names as one text, separated by spaces: what op structs and rows say of names.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

namespace pyad {

inline std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (end > 0) out.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace pyad
