// Calls of the shape ops (csrc/ops/shape.hpp), instantiated here once.
#include "dispatch/call.hpp"
#include "ops/shape.hpp"

namespace pyad {
namespace {
[[maybe_unused]] const auto views = instantiate(ViewOps{});
[[maybe_unused]] const auto joins = instantiate(JoinOps{});
[[maybe_unused]] const auto moves = instantiate(MoveOps{});
}  // namespace
}  // namespace pyad
