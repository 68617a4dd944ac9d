// Scalar programs under construction: steps are appended, and finished programs taken out.
//
// Captured functions (trace.hpp) and derived programs (jacobian.hpp) are both written with it, so
// that what is merged, folded and left out is decided in one place.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "scalar/program.hpp"

namespace pyad {

class ScalarBuilder {
 public:
  /// What may be changed about the steps that are asked for; nothing that changes a rounding.
  enum class Style : uint8_t {
    kLiteral,     // a step for each call, as written
    kMerged,      // equal steps once; multiplications by one and the like left out
    kDerivative,  // besides, (-a) b is -(a b), and a + (-b) is a - b
  };
  explicit ScalarBuilder(Style style) : style_(style) {}

  // All return a number that stands for the value.
  uint32_t input();
  uint32_t constant(double v);
  /// op(in), with as many operands and parameters as the op has.
  uint32_t step(uint16_t op, const uint32_t in[3], const double* params, bool recorded = true);

  bool is_constant(uint32_t number) const { return entries_[number].kind == Entry::kConstant; }
  double value(uint32_t number) const { return entries_[number].value; }  // of a constant
  uint32_t inputs() const { return inputs_; }
  uint32_t size() const { return static_cast<uint32_t>(entries_.size()); }  // numbers so far
  /// Whether it is op(a, b, ...) of what was asked for; then the operands.
  const uint32_t* operands(uint32_t number, uint16_t op) const {
    return is_step(number, op) ? entries_[number].in : nullptr;
  }

  /// The program that computes `outputs`, without steps that none of them needs. `slots`, where
  /// given, becomes the slot of each number that is left.
  ScalarProgram program(std::span<const uint32_t> outputs,
                        std::vector<uint32_t>* slots = nullptr) const;

 private:
  struct Entry {
    enum Kind : uint8_t { kInput, kConstant, kStep } kind;
    bool recorded;  // gradients were on
    uint16_t op;
    uint32_t in[3];
    uint32_t params;  // in params_
    double value;     // of a constant
  };
  uint32_t append(const Entry& e);
  uint32_t merged(const Entry& e);
  uint32_t simplified(const Entry& e);
  uint32_t as_derivative(const Entry& e);
  uint32_t again(uint16_t op, uint32_t a, uint32_t b = 0, uint32_t c = 0);
  bool is(uint32_t number, double v) const;
  bool is_step(uint32_t number, uint16_t op) const;

  Style style_;
  std::vector<Entry> entries_;
  std::vector<double> params_;
  std::unordered_multimap<uint64_t, uint32_t> known_;  // by hash
  uint32_t inputs_ = 0;
};

}  // namespace pyad
