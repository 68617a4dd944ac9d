// The families of elementwise ops, in the order of their ids. A new family is a header, an isa
// unit, and a line in each list here.
#pragma once

#include "ops/elementwise/activation.hpp"
#include "ops/elementwise/arithmetic.hpp"
#include "ops/elementwise/bessel.hpp"
#include "ops/elementwise/choice.hpp"
#include "ops/elementwise/compare.hpp"
#include "ops/elementwise/exp_log.hpp"
#include "ops/elementwise/gamma.hpp"
#include "ops/elementwise/logic.hpp"
#include "ops/elementwise/power.hpp"
#include "ops/elementwise/probability.hpp"
#include "ops/elementwise/rectifier.hpp"
#include "ops/elementwise/rounding.hpp"
#include "ops/elementwise/singular.hpp"
#include "ops/elementwise/special.hpp"
#include "ops/elementwise/trig.hpp"

namespace pyad::inline PYAD_ISA {

// X(name of the family, its list)
#define PYAD_ELEMENTWISE_FAMILIES(X) \
  X(arithmetic, ArithmeticOps)       \
  X(power, PowerOps)                 \
  X(exp_log, ExpLogOps)              \
  X(trig, TrigOps)                   \
  X(activation, ActivationOps)       \
  X(rectifier, RectifierOps)         \
  X(rounding, RoundingOps)           \
  X(choice, ChoiceOps)               \
  X(compare, CompareOps)             \
  X(logic, LogicOps)                 \
  X(special, SpecialOps)             \
  X(singular, SingularOps)           \
  X(gamma, GammaOps)                 \
  X(bessel, BesselOps)               \
  X(probability, ProbabilityOps)

}  // namespace pyad::inline PYAD_ISA
