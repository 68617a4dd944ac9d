// The Python face of recurrent.
#include "ops/function.hpp"

namespace pyad {

std::span<const Function> recurrent_functions() { return {}; }

}  // namespace pyad
