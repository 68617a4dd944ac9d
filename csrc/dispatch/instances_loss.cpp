// Calls of the losses (csrc/ops/loss.hpp), instantiated here once.
#include "dispatch/call.hpp"
#include "ops/loss.hpp"

namespace pyad {
namespace {
[[maybe_unused]] const auto losses = instantiate(LossOps{});
}  // namespace
}  // namespace pyad
