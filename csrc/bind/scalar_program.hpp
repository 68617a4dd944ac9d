// Captured scalar functions as Python sees them.
#pragma once

#include <pybind11/pybind11.h>

#include "scalar/program.hpp"

namespace pyad::bind {

/// The program of a `_ScalarProgram`, and how many of its inputs are numbers of the arguments.
/// Raises Error(kType) for another object.
struct CapturedProgram {
  const ScalarProgram& program;
  uint32_t arguments;
};
CapturedProgram captured_program(pybind11::handle o);
/// A `_ScalarProgram` that is called like `like`, and returns the outputs of `p` as an array.
pybind11::object program_called_like(pybind11::handle like, ScalarProgram p);

/// Adds `_ScalarTrace` and `_ScalarProgram` to the module, and what loads the latter from a pickle.
void bind_scalar_program(pybind11::module_& m);

}  // namespace pyad::bind
