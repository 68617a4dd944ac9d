// Calls of reductions and softmax (csrc/ops/reduce.hpp, softmax.hpp), instantiated here once.
#include "dispatch/call.hpp"
#include "ops/cdist.hpp"
#include "ops/reduce.hpp"
#include "ops/roots.hpp"
#include "ops/softmax.hpp"

namespace pyad {
namespace {
[[maybe_unused]] const auto reductions = instantiate(ReduceOps{});
[[maybe_unused]] const auto distances = instantiate(DistanceOps{});
[[maybe_unused]] const auto roots = instantiate(RootOps{});
[[maybe_unused]] const auto softmaxes = instantiate(SoftmaxOps{});
}  // namespace
}  // namespace pyad
