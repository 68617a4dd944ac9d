// Runs a static scalar program: values, gradients and Jacobians at one point or at many.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "scalar/code.hpp"

namespace pyad {

class ScalarMachine {
 public:
  /// The numbers of one evaluation, kept for sweeps from its outputs.
  class Point {
   public:
    explicit Point(const ScalarMachine& m);

   private:
    friend class ScalarMachine;
    std::vector<double> v_, g_;
  };

  explicit ScalarMachine(ScalarProgram program);
  const ScalarProgram& program() const { return program_; }
  uint32_t inputs() const { return program_.inputs; }
  uint32_t outputs() const { return static_cast<uint32_t>(program_.outputs.size()); }

  /// y (outputs) at x (inputs). Not for two threads at once.
  void value(const double* x, double* y);
  /// The same, remembering all intermediate results in `at`.
  void forward(Point& at, const double* x, double* y) const;
  /// gx = sum over outputs of seeds times their derivatives, at the point of the last `forward`.
  void backward(Point& at, const double* seeds, double* gx);
  /// gx = derivatives of output `row` alone.
  void backward_row(Point& at, uint32_t row, double* gx);
  /// Adjoints of all slots, those that no seed reaches 0; for drawings.
  std::vector<double> adjoints(Point& at, const double* seeds) const;
  const std::vector<double>& values(const Point& at) const { return at.v_; }

  /// y (outputs, n) at n points x (inputs, n), with vector instructions.
  void value_many(const double* x, int64_t n, double* y) const;
  /// The same, and gx (inputs, n): the derivatives of output `row`.
  void gradient_many(const double* x, int64_t n, uint32_t row, double* y, double* gx) const;

 private:
  struct Sweep {
    ReversePlan plan;
    ScalarCode code;
  };
  Sweep sweep(std::span<const uint32_t> rows) const;
  void sweep_back(const Sweep& s, Point& at, const double* seeds, double* gx) const;

  ScalarProgram program_;
  ValueSlots slots_;
  ScalarCode value_code_;
  ScalarCode forward_code_;
  std::vector<double> v_;  // of value()
  std::optional<Sweep> all_;
  std::vector<std::unique_ptr<Sweep>> rows_;
  // Instructions kept for rows: a large Jacobian of a long program plans some of them each time.
  static constexpr size_t kMostKept = size_t{1} << 21;
  size_t kept_ = 0;
};

}  // namespace pyad
