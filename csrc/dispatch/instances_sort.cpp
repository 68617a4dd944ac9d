// Calls of sorting and selection by rank (csrc/ops/sort.hpp), instantiated here once.
#include "dispatch/call.hpp"
#include "ops/sort.hpp"

namespace pyad {
namespace {
[[maybe_unused]] const auto sorts = instantiate(SortOps{});
}  // namespace
}  // namespace pyad
