// Calls of the layers (csrc/ops/layer.hpp), instantiated here once.
#include "dispatch/call.hpp"
#include "ops/layer.hpp"

namespace pyad {
namespace {
[[maybe_unused]] const auto layers = instantiate(LayerOps{});
}  // namespace
}  // namespace pyad
