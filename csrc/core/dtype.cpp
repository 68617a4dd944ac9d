// The process-wide default floating type, and the checks of numbers that become elements.
#include "core/dtype.hpp"

#include <cfloat>
#include <cmath>

namespace pyad {

namespace {
DType g_default = DType::kFloat32;

[[noreturn, gnu::cold]] void no_place(const Scalar& v, const char* op, DType t) {
  std::string number = v.category == Category::kFloating || v.beyond ? cat(v.f) : cat(v.i);
  fail(ErrorKind::kRange, op ? op : "number", ": value ", number, " cannot be converted to ", t,
       " without overflow; use a wider dtype");
}
}  // namespace

DType default_dtype() { return g_default; }

void set_default_dtype(DType t) {
  if (!is_floating(t)) {
    fail(ErrorKind::kType,
         "set_default_dtype: only floating dtypes are supported as the default, got ", t,
         "; choose float32 or float64");
  }
  g_default = t;
}

bool Scalar::fits(DType t) const {
  if (is_floating(t) || t == DType::kBool) return true;
  if (beyond) return false;
  if (category == Category::kFloating) {
    // As in PyTorch the fraction counts: -0.5 has no place in uint8.
    double low = t == DType::kUInt8 ? 0 : t == DType::kInt32 ? -0x1p31 : -0x1p63;
    double high = t == DType::kUInt8 ? 255 : t == DType::kInt32 ? 0x1p31 - 1 : 0x1p63 - 1024;
    return f >= low && f <= high;
  }
  return t == DType::kInt64 ||
         (t == DType::kUInt8 ? i >= 0 && i <= UINT8_MAX : i >= INT32_MIN && i <= INT32_MAX);
}

int64_t Scalar::checked_integer(const char* op, DType t) const {
  if (!fits(t)) no_place(*this, op, t);
  return category == Category::kFloating ? static_cast<int64_t>(f) : i;
}

void Scalar::check_float32(const char* op) const {
  if (std::isfinite(f) && std::fabs(f) > FLT_MAX) no_place(*this, op, DType::kFloat32);
}

Scalar Scalar::in(DType t, const char* op, Door door) const {
  if (t == DType::kBool) return Scalar(as_bool());
  if (!is_floating(t)) return Scalar(checked_integer(op, t));
  if (t == DType::kFloat32 && door == Door::kWrite && in_f()) check_float32(op);
  return Scalar(as_double());
}

}  // namespace pyad
