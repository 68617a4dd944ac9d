// Asks the processor, and the environment, which kernels to use.
#include "kernels/isa_select.hpp"

#include <cstdlib>
#include <cstring>

#include "core/error.hpp"

namespace pyad {

namespace {

Isa best() {
#if !defined(PYAD_ONLY_GENERIC)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) return Isa::kV4;
  if (__builtin_cpu_supports("x86-64-v3")) return Isa::kV3;
#endif
  return Isa::kGeneric;
}

Isa choose() {
  Isa have = best();
  const char* wish = std::getenv("PYAD_ISA");
  if (!wish || !*wish) return have;
  Isa isa;
  if (std::strcmp(wish, "generic") == 0) {
    isa = Isa::kGeneric;
  } else if (std::strcmp(wish, "v3") == 0) {
    isa = Isa::kV3;
  } else if (std::strcmp(wish, "v4") == 0) {
    isa = Isa::kV4;
  } else {
    fail(ErrorKind::kValue, "PYAD_ISA=", wish,
         ": unknown instruction set; choose generic, v3 or v4");
  }
  if (isa > have)
    fail(ErrorKind::kRuntime, "PYAD_ISA=", wish,
         ": this processor does not have that instruction set");
  return isa;
}

}  // namespace

Isa active_isa() {
  static const Isa isa = choose();
  return isa;
}

const char* isa_name() {
  switch (active_isa()) {
    case Isa::kV4:
      return "v4";
    case Isa::kV3:
      return "v3";
    default:
      return "generic";
  }
}

}  // namespace pyad
