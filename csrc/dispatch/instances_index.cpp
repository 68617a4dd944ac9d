// Calls of the indexing ops (csrc/ops/index.hpp), instantiated here once.
#include "dispatch/call.hpp"
#include "ops/index.hpp"

namespace pyad {
namespace {
[[maybe_unused]] const auto keep = instantiate(IndexOps{});
}  // namespace
}  // namespace pyad
