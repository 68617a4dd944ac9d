// The Python face of comparison of whole tensors, sets of values, counts, and search in sorted rows.
#include "ops/function.hpp"

namespace pyad {

std::span<const Function> search_functions() { return {}; }

}  // namespace pyad
