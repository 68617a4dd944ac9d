// The Python face of attention.
#include "ops/function.hpp"

namespace pyad {

std::span<const Function> attention_functions() { return {}; }

}  // namespace pyad
