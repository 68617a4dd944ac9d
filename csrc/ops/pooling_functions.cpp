// The Python face of pooling.
#include "ops/function.hpp"

namespace pyad {

std::span<const Function> pooling_functions() { return {}; }

}  // namespace pyad
