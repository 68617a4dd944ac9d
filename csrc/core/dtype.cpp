// The process-wide default floating type.
#include "core/dtype.hpp"

namespace pyad {

namespace {
DType g_default = DType::kFloat32;
}

DType default_dtype() { return g_default; }

void set_default_dtype(DType t) {
  if (!is_floating(t)) {
    fail(ErrorKind::kType,
         "set_default_dtype: only floating dtypes are supported as the default, got ", t,
         "; choose float32 or float64");
  }
  g_default = t;
}

}  // namespace pyad
