// Calls of the random ops (csrc/ops/random.hpp), instantiated here once.
#include "dispatch/call.hpp"
#include "ops/random.hpp"

namespace pyad {
namespace {
[[maybe_unused]] const auto random_ops = instantiate(RandomOps{});
}  // namespace
}  // namespace pyad
