// Calls of pooling (csrc/ops/pooling.hpp), instantiated here once.
#include "dispatch/call.hpp"
#include "ops/pooling.hpp"

namespace pyad {
namespace {
[[maybe_unused]] const auto pooling = instantiate(PoolingOps{});
}  // namespace
}  // namespace pyad
