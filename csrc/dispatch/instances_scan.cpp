// Calls of the cumulative ops (csrc/ops/scan.hpp), instantiated here once.
#include "dispatch/call.hpp"
#include "ops/scan.hpp"

namespace pyad {
namespace {
[[maybe_unused]] const auto scans = instantiate(ScanOps{});
}  // namespace
}  // namespace pyad
