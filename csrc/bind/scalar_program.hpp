// Captured scalar functions as Python sees them.
#pragma once

#include <pybind11/pybind11.h>

namespace pyad::bind {

/// Adds `_ScalarTrace` and `_ScalarProgram` to the module, and what loads the latter from a pickle.
void bind_scalar_program(pybind11::module_& m);

}  // namespace pyad::bind
