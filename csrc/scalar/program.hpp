// A static scalar program: constants, inputs, and a list of ops, each of which writes the next
// slot. Plain arrays; what runs them is in machine.hpp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pyad {

struct ScalarProgram {
  struct Step {
    uint16_t op;      // id in the op table
    bool recorded;    // false: its derivative is not followed (it ran under no_grad)
    uint32_t in[3];   // slots; unused ones are 0
    uint32_t params;  // slot of the first numeric parameter; 0 without any
  };
  // Slots: constants (and parameters), then inputs, then the results of the steps.
  std::vector<double> constants;
  uint32_t inputs = 0;
  std::vector<Step> steps;
  std::vector<uint32_t> outputs;  // slots

  uint32_t first_input() const { return static_cast<uint32_t>(constants.size()); }
  uint32_t first_result() const { return first_input() + inputs; }
  uint32_t slots() const { return first_result() + static_cast<uint32_t>(steps.size()); }

  /// Raises Error(kValue) where a slot or op does not exist, or is used before it is written: for
  /// programs that were read from outside.
  void check() const;
  /// A line for each step.
  std::string text() const;
};

}  // namespace pyad
