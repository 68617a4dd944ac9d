// Arithmetic series: what `arange` and `linspace` write.
#pragma once

#include <cstdint>
#include <type_traits>

#include "core/dtype.hpp"

namespace pyad {

/// out[k] = first + k by; integers wrap around.
void write_steps(int64_t* out, int64_t n, int64_t first, int64_t by);
/// The same of floating numbers, computed in float64.
void write_steps(DType dtype, void* out, int64_t n, double first, double by);
/// The first half counted from `first`, the second back from `last`; each number rounded once.
void write_spaced(DType dtype, void* out, int64_t n, double first, double last, double step);

}  // namespace pyad
