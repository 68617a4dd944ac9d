// The Python face of convolution.
#include "ops/function.hpp"

namespace pyad {

std::span<const Function> convolution_functions() { return {}; }

}  // namespace pyad
