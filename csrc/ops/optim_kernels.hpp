// The table of optimizer and clipping loops of the chosen instruction set.
#pragma once

#include "kernels/optim_kernels.hpp"

namespace pyad {

const OptimKernels& optim_kernels();

}  // namespace pyad
