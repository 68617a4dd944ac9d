// From a program to code: what is computed where, and in which order.
//
// Note [Threaded code]
// An instruction holds the address of the function that does it, and that function ends by jumping
// to the next instruction's: no loop, no decoding, and each jump is predicted by its own history.
// The result travels to the next instruction in a register besides being stored, since most
// operands are the result just computed, and a chain of ops that went through memory would wait for
// it each time. A function exists for each op and each way its operands arrive; all are
// instantiated from the op structs. Code is cut into stretches, at whose ends control returns to a
// loop, so that nothing depends on the compiler turning the last call into a jump.
//
// Note [Adjoints]
// The reverse code is planned: the first contribution to an adjoint is stored, later ones are
// added, so that nothing has to be cleared; and the only contribution to the adjoint that the next
// instruction takes is passed in the register. Ops that contribute to nothing are left out.
//
// Note [Adjoints behind choices]
// What `where` does not take has no part in the result, and must give nothing though its derivative
// be infinite (graph/idle.hpp tells the same of tensors). The adjoint of such an operand is -0:
// sums keep that only among their like. Steps that such an adjoint can reach hand it on without a
// product, and make zeros of their own positive; other steps do not ask.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "scalar/program.hpp"

namespace pyad {

struct ScalarInstruction {
  /// `v` values, `g` adjoints, `passed` what the instruction before hands over.
  double (*run)(const ScalarInstruction* i, double* v, double* g, double passed);
  uint32_t a, b, c, y, p;  // slots
  uint32_t put;            // for ops of general shape: what to do with the contributions
};

/// What becomes of an operand's contribution.
enum class Put : uint8_t { kNone, kStore, kAdd, kPass };

/// Where the reverse sweep puts what it computes.
struct ReversePlan {
  struct Step {
    uint32_t step;  // of the program
    bool passed;    // its adjoint comes in the register
    Put put[3];
    bool behind = false;  // Note [Adjoints behind choices]
  };
  std::vector<Step> steps;      // in the order of the sweep
  std::vector<uint32_t> seeds;  // slots whose adjoints begin as sums of seeds; parallel to `wanted`
  std::vector<uint32_t> zeros;  // inputs that nothing contributes to
};

/// The sweep from the outputs numbered `wanted`; without `passing`, every adjoint is stored.
ReversePlan plan_reverse(const ScalarProgram& p, std::span<const uint32_t> wanted, bool passing);

/// Whether an adjoint says that the result does not depend on its number.
inline bool is_idle(double adjoint) {
  return std::bit_cast<uint64_t>(adjoint) == std::bit_cast<uint64_t>(-0.0);
}

/// Steps that one instruction does together: the sine and the cosine of one operand, whose work is
/// mostly the same.
struct StepPairs {
  static constexpr uint32_t kNone = 0xffffffff;
  std::vector<uint32_t> second;  // by step: the later step that it does too, or kNone
  std::vector<bool> done;        // by step: an earlier one does it
};
StepPairs pair_steps(const ScalarProgram& p);

/// Slots for values alone: results whose last use is past give theirs to others.
struct ValueSlots {
  std::vector<uint32_t> of;  // by slot of the program
  uint32_t count = 0;        // constants and inputs included
};
ValueSlots plan_values(const ScalarProgram& p);

/// Code that can be run.
class ScalarCode {
 public:
  /// `slot`: where each slot of the program lies; empty: there.
  static ScalarCode forward(const ScalarProgram& p, std::span<const uint32_t> slot);
  static ScalarCode reverse(const ScalarProgram& p, const ReversePlan& plan);

  void run(double* v, double* g) const {
    double passed = 0;
    for (const size_t at : starts_) {
      const ScalarInstruction* i = code_.data() + at;
      passed = i->run(i, v, g, passed);
    }
  }
  size_t size() const { return code_.size() - starts_.size(); }

 private:
  void append(const ScalarInstruction& i);
  void finish();
  std::vector<ScalarInstruction> code_;
  std::vector<size_t> starts_;
};

}  // namespace pyad
