// How the numbers of a call are nested: what a captured function was called with, and what it
// returned. Reading arguments is also the guard that chooses the program.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <vector>

namespace pyad::bind {

namespace py = pybind11;

/// Made from a description: "x" a number, "b" a truth value, ("t", ...) a tuple, ("l", ...) a list,
/// ("d", keys, ...) a dict, ("a", shape) a float64 array, ("s", object) an object that is no input.
class Structure {
 public:
  explicit Structure(py::handle description);
  /// How many numbers it holds.
  size_t size() const { return size_; }
  bool is_number() const { return kind_ == Kind::kNumber; }
  const std::vector<Structure>& parts() const { return parts_; }

  /// Reads the numbers of `o` to `x`, which then points behind them; false where `o` is of another
  /// structure, or holds Values.
  bool read(PyObject* o, double*& x) const;
  /// Python objects of numbers at `x`, which then points behind them. An object that is no input
  /// stands for itself, or is None in gradients.
  PyObject* build(const double*& x, bool gradient) const;
  /// For Python's garbage collector: its own references.
  int visit(visitproc visit, void* arg) const;
  /// Writes numbers into the float64 array `out`, of as many elements. TypeError for anything else.
  static void write(PyObject* out, const double* x, size_t n, const char* what);

 private:
  enum class Kind : uint8_t { kNumber, kTruth, kTuple, kList, kDict, kArray, kObject };
  Kind kind_;
  size_t size_ = 0;
  std::vector<Structure> parts_;
  py::object object_;  // keys of a dict, shape of an array, the object
  std::vector<py::ssize_t> shape_;
};

}  // namespace pyad::bind
