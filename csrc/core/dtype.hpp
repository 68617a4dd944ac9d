// Element types: the list, their properties, PyTorch's promotion lattice, and the one switch over
// them.
//
// A new element type is added here (enum, table, lattice, `visit_*`) and nowhere else; numbers that
// become elements are checked by `Scalar`.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

#include "core/error.hpp"

namespace pyad {

enum class DType : uint8_t { kBool, kUInt8, kInt32, kInt64, kFloat32, kFloat64 };
inline constexpr int kNumDTypes = 6;

// Category of a type: promotion between tensors of different rank class happens by category
// (PyTorch's rule).
enum class Category : uint8_t { kBool, kInteger, kFloating };

constexpr size_t item_size(DType t) {
  constexpr size_t kSizes[kNumDTypes] = {1, 1, 4, 8, 4, 8};
  return kSizes[static_cast<int>(t)];
}

constexpr const char* dtype_name(DType t) {
  constexpr const char* kNames[kNumDTypes] = {"bool",  "uint8",   "int32",
                                              "int64", "float32", "float64"};
  return kNames[static_cast<int>(t)];
}

constexpr bool is_floating(DType t) { return t >= DType::kFloat32; }

constexpr Category category(DType t) {
  return t == DType::kBool ? Category::kBool
         : is_floating(t)  ? Category::kFloating
                           : Category::kInteger;
}

/// The smallest type that holds both: the enum is ordered so that this is the larger one.
constexpr DType promote(DType a, DType b) { return a > b ? a : b; }

/// Type of Python floats and of results of true division of integers; float32 unless the user says
/// otherwise.
DType default_dtype();
void set_default_dtype(DType t);

template <class T>
constexpr DType dtype_of() {
  if constexpr (std::is_same_v<T, bool>) return DType::kBool;
  if constexpr (std::is_same_v<T, uint8_t>) return DType::kUInt8;
  if constexpr (std::is_same_v<T, int32_t>) return DType::kInt32;
  if constexpr (std::is_same_v<T, int64_t>) return DType::kInt64;
  if constexpr (std::is_same_v<T, float>) return DType::kFloat32;
  if constexpr (std::is_same_v<T, double>) return DType::kFloat64;
}

/// Calls `f(std::type_identity<T>{})` with the C++ type of `t`.
template <class F>
decltype(auto) visit_dtype(DType t, F&& f) {
  switch (t) {
    case DType::kBool:
      return f(std::type_identity<bool>{});
    case DType::kUInt8:
      return f(std::type_identity<uint8_t>{});
    case DType::kInt32:
      return f(std::type_identity<int32_t>{});
    case DType::kInt64:
      return f(std::type_identity<int64_t>{});
    case DType::kFloat32:
      return f(std::type_identity<float>{});
    default:
      return f(std::type_identity<double>{});
  }
}

/// As `visit_dtype`, for the floating types only; `op` names the caller in the error.
template <class F>
decltype(auto) visit_floating(const char* op, DType t, F&& f) {
  if (t == DType::kFloat32) return f(std::type_identity<float>{});
  if (t == DType::kFloat64) return f(std::type_identity<double>{});
  fail(ErrorKind::kType, op, ": expects a floating dtype, got ", dtype_name(t),
       "; convert with .to(float32)");
}

inline void append_text(std::string& s, DType t) { s += dtype_name(t); }

// Note [Numbers enter tensors in one place]
// A Python number that becomes an element goes through `Scalar::as`, by whatever door it comes:
// constructors, fills, writes, operators, alpha, bounds. It has the range of the dtype checked, so
// nothing wraps and nothing undefined is computed: an integer outside an integer dtype, NaN and
// infinity there are a RangeError everywhere (into uint8 also a negative one, which PyTorch wraps).
// Floats lose their fraction in integer dtypes. Beyond float32's range a finite float becomes
// infinite in operators and `tensor`, and is refused where it is written, as in PyTorch. Integers
// travel as integers. Comparisons need no place for the number: see `compare_beyond` in dispatch.

/// The doors differ for floats beyond float32's range only.
enum class Door : uint8_t { kOperator, kWrite };

/// A Python number on its way into an op: never boxed into a tensor, promoted by category only.
struct Scalar {
  Category category = Category::kFloating;
  // Not 0: an integer of more than 64 bits, which then is in `f`; of its sign, odd if it is.
  int8_t beyond = 0;
  union {
    double f;
    int64_t i;
  };
  Scalar() : f(0) {}
  Scalar(double v) : category(Category::kFloating), f(v) {}
  Scalar(int64_t v) : category(Category::kInteger), i(v) {}
  Scalar(int v) : Scalar(static_cast<int64_t>(v)) {}
  Scalar(bool v) : category(Category::kBool), i(v) {}
  static Scalar huge_integer(double nearest, bool odd) {
    Scalar s(nearest);
    s.category = Category::kInteger;
    s.beyond = static_cast<int8_t>((nearest > 0 ? 1 : -1) * (odd ? 1 : 2));
    return s;
  }
  /// Whether it is an odd whole number, and the float of type `t` nearest to it is even.
  bool hides_odd(DType t) const {
    if (beyond || !is_floating(t)) return is_floating(t) && beyond % 2 != 0;
    const int64_t whole = t == DType::kFloat32 ? int64_t{1} << 24 : int64_t{1} << 53;
    if (category == Category::kFloating) {
      const double size = f < 0 ? -f : f;  // beyond 2^53 all are even
      return size > static_cast<double>(whole) && size < 0x1p53 && static_cast<int64_t>(f) % 2 != 0;
    }
    return i % 2 != 0 && (i > whole || i < -whole);
  }

  /// What the number is, as integers; and back.
  std::array<int64_t, 3> numbers() const {
    return {static_cast<int64_t>(category), beyond, std::bit_cast<int64_t>(f)};
  }
  static Scalar from(const std::array<int64_t, 3>& v) {
    Scalar s(v[2]);
    s.category = static_cast<Category>(v[0]);
    s.beyond = static_cast<int8_t>(v[1]);
    return s;
  }

  double as_double() const { return in_f() ? f : static_cast<double>(i); }
  /// As an element of int64.
  int64_t as_int(const char* op = nullptr) const {
    return category != Category::kFloating && !beyond ? i : checked_integer(op, DType::kInt64);
  }
  bool as_bool() const { return in_f() ? f != 0 : i != 0; }
  /// As an element of T: see Note [Numbers enter tensors in one place]. `op` is named in the error.
  template <class T>
  T as(const char* op = nullptr, Door door = Door::kOperator) const {
    if constexpr (std::is_same_v<T, bool>) {
      return as_bool();
    } else if constexpr (std::is_floating_point_v<T>) {
      if (!in_f()) return static_cast<T>(i);
      if (sizeof(T) == 4 && door == Door::kWrite) check_float32(op);
      return static_cast<T>(f);
    } else {
      return static_cast<T>(checked_integer(op, dtype_of<T>()));
    }
  }
  /// Writes the number as an element of type `t` to `out` (8 bytes suffice).
  void store(DType t, void* out, const char* op = nullptr, Door door = Door::kOperator) const {
    visit_dtype(t,
                [&]<class T>(std::type_identity<T>) { *static_cast<T*>(out) = as<T>(op, door); });
  }
  /// The element of type `t` that the number becomes, as a number again.
  Scalar in(DType t, const char* op, Door door) const;
  /// Whether the number has a place in the integer (or any other) dtype.
  bool fits(DType t) const;
  /// The dtype the number has on its own: bool, int64 or the default floating type.
  DType dtype() const {
    return category == Category::kBool      ? DType::kBool
           : category == Category::kInteger ? DType::kInt64
                                            : default_dtype();
  }

 private:
  bool in_f() const { return category == Category::kFloating || beyond; }
  int64_t checked_integer(const char* op, DType t) const;
  void check_float32(const char* op) const;
};

}  // namespace pyad
