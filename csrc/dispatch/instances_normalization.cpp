// Calls of the normalisations (csrc/ops/normalization.hpp), instantiated here once.
#include "dispatch/call.hpp"
#include "ops/normalization.hpp"

namespace pyad {
namespace {
[[maybe_unused]] const auto normalizations = instantiate(NormalizationOps{});
}  // namespace
}  // namespace pyad
