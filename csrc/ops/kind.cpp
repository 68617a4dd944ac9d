// Names of op kinds, as the exported table shows them.
#include "ops/op.hpp"

namespace pyad {

const char* kind_name(Kind k) {
  switch (k) {
    case Kind::kUnary:
      return "unary";
    case Kind::kBinary:
      return "binary";
    case Kind::kTernary:
      return "ternary";
    case Kind::kLinear:
      return "linear";
    case Kind::kBilinear:
      return "bilinear";
    case Kind::kGeneral:
      return "general";
    case Kind::kPlain:
      return "plain";
    default:
      return "composite";
  }
}

}  // namespace pyad
