// Calls of convolutions and windows (csrc/ops/convolution.hpp), instantiated here once.
#include "dispatch/call.hpp"
#include "ops/convolution.hpp"

namespace pyad {
namespace {
[[maybe_unused]] const auto convolutions = instantiate(ConvolutionOps{});
}  // namespace
}  // namespace pyad
