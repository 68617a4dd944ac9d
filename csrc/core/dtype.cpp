// The process-wide default floating type, and the checks of numbers that become elements.
#include "core/dtype.hpp"

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

bool stored_dtypes_seen = false;

void fail_no_kernel(const char* op, DType t) {
  fail(ErrorKind::kNoKernel, op ? op : "pyad", ": no kernel takes ", t, "; convert with .to(",
       computed_in(t), ")");
}

DType default_dtype() { return g_default; }

void set_default_dtype(DType t) {
  if (!is_floating(t)) {
    fail(ErrorKind::kType,
         "set_default_dtype: only floating dtypes are supported as the default, got ", t,
         "; choose float32 or float64");
  }
  if (is_stored(t)) {
    fail(ErrorKind::kType, "set_default_dtype: nothing is computed in ", t,
         "; choose float32 or float64");
  }
  g_default = t;
}

bool Scalar::fits(DType t) const {
  if (is_floating(t) || t == DType::kBool) return true;
  if (beyond) return false;
  const DTypeInfo& info = info_of(t);
  // As in PyTorch the fraction counts: -0.5 has no place in uint8.
  if (category == Category::kFloating) return f >= info.low && f <= info.high;
  return t == DType::kInt64 ||
         (i >= static_cast<int64_t>(info.low) && i <= static_cast<int64_t>(info.high));
}

int64_t Scalar::checked_integer(const char* op, DType t) const {
  if (!fits(t)) no_place(*this, op, t);
  return category == Category::kFloating ? static_cast<int64_t>(f) : i;
}

void Scalar::check_finite(const char* op, DType t) const {
  const double v = as_double();
  if (std::isfinite(v) && std::fabs(v) > info_of(t).high) no_place(*this, op, t);
}

Scalar Scalar::in(DType t, const char* op, Door door) const {
  if (t == DType::kBool) return Scalar(as_bool());
  if (!is_floating(t)) return Scalar(checked_integer(op, t));
  if (door == Door::kWrite && (in_f() || is_stored(t))) check_finite(op, t);
  return Scalar(as_double());
}

}  // namespace pyad
