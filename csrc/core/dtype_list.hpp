// The list of element types, alone: kernels of an instruction set index their tables by it and see no
// other header of the engine.
#pragma once

#include <cstdint>
#include <type_traits>

namespace pyad {

// Note [Stored dtypes]
// Kernels compute in the first six dtypes. The others are stored: arrays of them can be made, moved,
// converted, printed, saved, and no kernel knows them. An op on them runs on their values in the
// dtype they are `computed` in, which holds all of these, and its result is converted back, where
// integers wrap and floats round to nearest, ties to even: as PyTorch computes on a CPU. Both
// conversions are recorded ops, so gradients come in the stored dtype. Where that happens:
// dispatch/stored.hpp. Who switches by dtype lists all enumerators, or goes through `visit_dtype`,
// `wide_index` and tables whose missing entries are null; all raise `kNoKernel` for what they lack.

/// Those with kernels first, by category and size; what is stored only follows.
enum class DType : uint8_t {
  kBool,
  kUInt8,
  kInt32,
  kInt64,
  kFloat32,
  kFloat64,
  kInt8,
  kInt16,
  kFloat16,
  kBFloat16
};
inline constexpr int kNumDTypes = 10;
inline constexpr int kNumKernelDTypes = 6;

/// Elements that are stored only; their bits and nothing else.
struct Float16 {
  uint16_t bits;
};
struct BFloat16 {
  uint16_t bits;
};

template <class T>
constexpr DType dtype_of() {
  if constexpr (std::is_same_v<T, bool>) {
    return DType::kBool;
  } else if constexpr (std::is_same_v<T, uint8_t>) {
    return DType::kUInt8;
  } else if constexpr (std::is_same_v<T, int32_t>) {
    return DType::kInt32;
  } else if constexpr (std::is_same_v<T, int64_t>) {
    return DType::kInt64;
  } else if constexpr (std::is_same_v<T, float>) {
    return DType::kFloat32;
  } else if constexpr (std::is_same_v<T, double>) {
    return DType::kFloat64;
  } else if constexpr (std::is_same_v<T, int8_t>) {
    return DType::kInt8;
  } else if constexpr (std::is_same_v<T, int16_t>) {
    return DType::kInt16;
  } else if constexpr (std::is_same_v<T, Float16>) {
    return DType::kFloat16;
  } else {
    static_assert(std::is_same_v<T, BFloat16>, "no dtype has this element type");
    return DType::kBFloat16;
  }
}

/// Where the loops of T stand in a table by dtype.
template <class T>
inline constexpr int dtype_index = static_cast<int>(dtype_of<T>());

}  // namespace pyad
