// Calls of the matrix products (csrc/ops/product.hpp), instantiated here once.
#include "dispatch/call.hpp"
#include "ops/product.hpp"

namespace pyad {
namespace {
[[maybe_unused]] const auto products = instantiate(ProductOps{});
}  // namespace
}  // namespace pyad
