// Calls of the attention (csrc/ops/attention.hpp), instantiated here once.
#include "dispatch/call.hpp"
#include "ops/attention.hpp"

namespace pyad {
namespace {
[[maybe_unused]] const auto attentions = instantiate(AttentionOps{});
}  // namespace
}  // namespace pyad
