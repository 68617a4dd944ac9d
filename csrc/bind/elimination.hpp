// Elimination on the graphs of captured scalar functions.
#pragma once

#include <pybind11/pybind11.h>

namespace pyad::bind {

/// Adds `_EliminationGraph` to the module.
void bind_elimination(pybind11::module_& m);

}  // namespace pyad::bind
