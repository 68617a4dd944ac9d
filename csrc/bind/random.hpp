// The Generator class, and what bind needs to know of it.
#pragma once

#include "bind/face.hpp"
#include "kernels/random.hpp"

namespace pyad::bind {

template <>
inline constexpr bool is_bound<Generator> = true;

}  // namespace pyad::bind
