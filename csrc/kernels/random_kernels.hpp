// The table of random kernels that are compiled per instruction set.
#pragma once

#include <cstdint>

#include "kernels/isa_select.hpp"

namespace pyad {

struct RandomKernels {
  /// Each 16 uniforms become 16 normals; n is a multiple of 16.
  void (*box_muller)(float* p, int64_t n, float mean, float deviation);
  /// p <- p * range + low, rounded once; `high` is excluded and becomes low.
  void (*stretch[2])(void* p, int64_t n, double low, double high);  // float32, float64
};

PYAD_DECLARE_ISA_FILL(fill_random, RandomKernels)

}  // namespace pyad
