// Element types: the list, their properties, PyTorch's promotion lattice, and the one switch over
// them.
//
// A new element type is added here and in dtype_list.hpp (enum, table, `visit_*`) and nowhere else:
// what switches by dtype elsewhere fails to compile. Numbers that become elements are checked by
// `Scalar`.
#pragma once

#include <array>
#include <bit>
#include <cfloat>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <type_traits>
#include <utility>

#include "core/dtype_list.hpp"
#include "core/error.hpp"
#include "core/half.hpp"

namespace pyad {

// Category of a type: promotion between tensors of different rank class happens by category
// (PyTorch's rule).
enum class Category : uint8_t { kBool, kInteger, kFloating };

/// What is known of an element type.
struct DTypeInfo {
  DType dtype;
  const char* name;
  uint8_t size;  // bytes of an element
  Category category;
  bool is_signed;
  DType computed;    // in which ops compute: itself where there are kernels
  double low, high;  // the least and the largest finite number (of int64: the largest double below)
};

inline constexpr DTypeInfo kDTypeInfos[] = {
    {DType::kBool, "bool", 1, Category::kBool, false, DType::kBool, 0, 1},
    {DType::kUInt8, "uint8", 1, Category::kInteger, false, DType::kUInt8, 0, 255},
    {DType::kInt32, "int32", 4, Category::kInteger, true, DType::kInt32, -0x1p31, 0x1p31 - 1},
    {DType::kInt64, "int64", 8, Category::kInteger, true, DType::kInt64, -0x1p63, 0x1p63 - 1024},
    {DType::kFloat32, "float32", 4, Category::kFloating, true, DType::kFloat32, -FLT_MAX, FLT_MAX},
    {DType::kFloat64, "float64", 8, Category::kFloating, true, DType::kFloat64, -DBL_MAX, DBL_MAX},
    {DType::kInt8, "int8", 1, Category::kInteger, true, DType::kInt32, -128, 127},
    {DType::kInt16, "int16", 2, Category::kInteger, true, DType::kInt32, -32768, 32767},
    {DType::kFloat16, "float16", 2, Category::kFloating, true, DType::kFloat32, -65504, 65504},
    {DType::kBFloat16, "bfloat16", 2, Category::kFloating, true, DType::kFloat32, -0x1.fep127,
     0x1.fep127}};
static_assert(std::size(kDTypeInfos) == kNumDTypes);

constexpr const DTypeInfo& info_of(DType t) { return kDTypeInfos[static_cast<int>(t)]; }

namespace detail {
constexpr uint32_t dtypes_where(bool (*holds)(const DTypeInfo&)) {
  uint32_t mask = 0;
  for (const DTypeInfo& i : kDTypeInfos)
    if (holds(i)) mask |= 1u << static_cast<int>(i.dtype);
  return mask;
}
static_assert([] {
  for (int k = 0; k < kNumDTypes; ++k) {
    const DTypeInfo& i = kDTypeInfos[k];
    const DTypeInfo& c = info_of(i.computed);
    if (static_cast<int>(i.dtype) != k || (i.computed == i.dtype) != (k < kNumKernelDTypes))
      return false;
    if (c.computed != c.dtype || c.category != i.category || c.low > i.low || c.high < i.high)
      return false;
  }
  return true;
}());
// Apart, as every allocation asks for it.
inline constexpr auto kItemSizes = [] {
  std::array<uint8_t, kNumDTypes> sizes{};
  for (size_t k = 0; k < kNumDTypes; ++k) sizes[k] = kDTypeInfos[k].size;
  return sizes;
}();
inline constexpr uint32_t kFloatingDTypes =
    dtypes_where([](const DTypeInfo& i) { return i.category == Category::kFloating; });
}  // namespace detail

constexpr size_t item_size(DType t) { return detail::kItemSizes[static_cast<size_t>(t)]; }
constexpr const char* dtype_name(DType t) { return info_of(t).name; }
constexpr bool is_floating(DType t) { return detail::kFloatingDTypes >> static_cast<int>(t) & 1; }
constexpr Category category(DType t) { return info_of(t).category; }
/// Whether no kernel takes it: Note [Stored dtypes].
constexpr bool is_stored(DType t) { return static_cast<int>(t) >= kNumKernelDTypes; }
/// The dtype its values are computed in.
constexpr DType computed_in(DType t) { return info_of(t).computed; }

namespace detail {
constexpr DType promoted(DType a, DType b) {
  const DTypeInfo *x = &info_of(a), *y = &info_of(b);
  if (x->category != y->category) return x->category > y->category ? a : b;
  if (x->size > y->size) std::swap(x, y);
  if (x == y || x->size < y->size) return y->dtype;
  // Two of one size: what holds both is the next larger one.
  return x->category == Category::kFloating ? DType::kFloat32 : DType::kInt16;
}
inline constexpr auto kPromoted = [] {
  std::array<std::array<DType, kNumDTypes>, kNumDTypes> table{};
  for (size_t a = 0; a < kNumDTypes; ++a)
    for (size_t b = 0; b < kNumDTypes; ++b)
      table[a][b] = promoted(static_cast<DType>(a), static_cast<DType>(b));
  return table;
}();
}  // namespace detail

/// The smallest type that holds both: PyTorch's lattice.
constexpr DType promote(DType a, DType b) {
  return detail::kPromoted[static_cast<size_t>(a)][static_cast<size_t>(b)];
}

/// Whether an array of a stored dtype was ever made; until then nobody looks for one.
extern bool stored_dtypes_seen;
/// Raises `kNoKernel`; `op` may be null.
[[noreturn]] void fail_no_kernel(const char* op, DType t);

/// For composites whose intermediate results (ranks, counts) need more digits than a stored dtype has:
/// their row is then called on converted arguments.
inline void need_kernels(const char* op, DType t) {
  if (is_stored(t)) fail_no_kernel(op, t);
}

/// Type of Python floats and of results of true division of integers; float32 unless the user says
/// otherwise.
DType default_dtype();
void set_default_dtype(DType t);

/// Calls `f(std::type_identity<T>{})` with the C++ type of `t`, one of those with kernels; for the
/// others `kNoKernel` is raised.
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
    case DType::kFloat64:
      return f(std::type_identity<double>{});
    case DType::kInt8:
    case DType::kInt16:
    case DType::kFloat16:
    case DType::kBFloat16:
      break;
  }
  fail_no_kernel(nullptr, t);
}

/// As `visit_dtype`, for all element types: where elements are moved, read or written one by one.
template <class F>
decltype(auto) visit_element(DType t, F&& f) {
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
    case DType::kFloat64:
      return f(std::type_identity<double>{});
    case DType::kInt8:
      return f(std::type_identity<int8_t>{});
    case DType::kInt16:
      return f(std::type_identity<int16_t>{});
    case DType::kFloat16:
      return f(std::type_identity<Float16>{});
    case DType::kBFloat16:
      return f(std::type_identity<BFloat16>{});
  }
  __builtin_unreachable();
}

/// As `visit_dtype`, for the floating types only; `op` names the caller in the error.
template <class F>
decltype(auto) visit_floating(const char* op, DType t, F&& f) {
  if (t == DType::kFloat32) return f(std::type_identity<float>{});
  if (t == DType::kFloat64) return f(std::type_identity<double>{});
  if (is_stored(t)) fail_no_kernel(op, t);
  fail(ErrorKind::kType, op, ": expects a floating dtype, got ", dtype_name(t),
       "; convert with .to(float32)");
}

/// The place in a table of loops for float32 and float64.
inline int wide_index(DType t) {
  if (t == DType::kFloat64) return 1;
  if (t != DType::kFloat32) [[unlikely]]
    fail_no_kernel(nullptr, t);
  return 0;
}

inline void append_text(std::string& s, DType t) { s += dtype_name(t); }

// Note [Numbers enter tensors in one place]
// A Python number that becomes an element goes through `Scalar::as`, by whatever door it comes:
// constructors, fills, writes, operators, alpha, bounds. It has the range of the dtype checked, so
// nothing wraps and nothing undefined is computed: an integer outside an integer dtype, NaN and
// infinity there are a RangeError everywhere (into uint8 also a negative one, which PyTorch wraps).
// Floats lose their fraction in integer dtypes. Beyond the range of a floating dtype a finite float
// becomes infinite in operators and `tensor`, and is refused where it is written, as in PyTorch.
// Integers travel as integers. Comparisons need no place for the number: see `compare_beyond` in dispatch.

/// The doors differ for numbers beyond the range of a floating dtype only.
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
    const int64_t whole = computed_in(t) == DType::kFloat32 ? int64_t{1} << 24 : int64_t{1} << 53;
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
      if (sizeof(T) == 4 && door == Door::kWrite) check_finite(op, DType::kFloat32);
      return static_cast<T>(f);
    } else if constexpr (is_floating(dtype_of<T>())) {
      if (door == Door::kWrite) check_finite(op, dtype_of<T>());
      return narrowed<T>(in_f() ? static_cast<float>(f) : static_cast<float>(i));
    } else {
      return static_cast<T>(checked_integer(op, dtype_of<T>()));
    }
  }
  /// Writes the number as an element of type `t` to `out` (8 bytes suffice).
  void store(DType t, void* out, const char* op = nullptr, Door door = Door::kOperator) const {
    visit_element(t,
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
  /// Raises for a finite number beyond the range of a floating dtype.
  void check_finite(const char* op, DType t) const;
};

}  // namespace pyad
