// The table of rows, which families enter when the engine is loaded.
#include "ops/function.hpp"

namespace pyad {

namespace {

std::vector<std::span<const Function>>& tables() {
  static std::vector<std::span<const Function>> all;
  return all;
}

}  // namespace

Rows::Rows(std::span<const Function> rows) { tables().push_back(rows); }

std::span<const std::span<const Function>> row_tables() { return tables(); }

}  // namespace pyad
