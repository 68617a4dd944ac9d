// Calls of resampling (csrc/ops/resample.hpp), instantiated here once.
#include "dispatch/call.hpp"
#include "ops/resample.hpp"

namespace pyad {
namespace {
[[maybe_unused]] const auto resampling = instantiate(ResampleOps{});
}  // namespace
}  // namespace pyad
