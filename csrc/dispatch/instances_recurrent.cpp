// Calls of the recurrent ops (csrc/ops/recurrent.hpp), instantiated here once.
#include "dispatch/call.hpp"
#include "ops/recurrent.hpp"

namespace pyad {
namespace {
[[maybe_unused]] const auto recurrent_layers = instantiate(RecurrentOps{});
}  // namespace
}  // namespace pyad
