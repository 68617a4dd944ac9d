// float16 and bfloat16 from and to float32, as bit arithmetic without branches, which compilers turn
// into vectors. Rounding is to nearest, ties to even; subnormals, infinities and NaN are kept.
// Always inlined, as kernels of all instruction sets share them.
#pragma once

#include <cstdint>

#include "core/dtype_list.hpp"

namespace pyad {

[[gnu::always_inline]] constexpr float widened(Float16 h) {
  const uint32_t bits = static_cast<uint32_t>(h.bits & 0x7fff) << 13;
  const uint32_t sign = static_cast<uint32_t>(h.bits & 0x8000) << 16;
  // The exponent is 112 too small, also where the number is subnormal: a product mends both.
  const float number = __builtin_bit_cast(float, bits) * 0x1p112f;
  const uint32_t finite = __builtin_bit_cast(uint32_t, number);
  const uint32_t beyond = bits | 0x7f800000;  // infinity and NaN
  return __builtin_bit_cast(float, sign | (bits >= 0x0f800000 ? beyond : finite));
}

[[gnu::always_inline]] constexpr float widened(BFloat16 h) {
  return __builtin_bit_cast(float, static_cast<uint32_t>(h.bits) << 16);
}

template <class T>
constexpr T narrowed(float v);

template <>
[[gnu::always_inline]] constexpr Float16 narrowed<Float16>(float v) {
  const uint32_t all = __builtin_bit_cast(uint32_t, v);
  const uint32_t u = all & 0x7fffffff;
  const uint32_t normal = (u - 0x38000000 + 0xfff + (u >> 13 & 1)) >> 13;
  // Below 2^-14 a sum with 1/2 rounds to multiples of 2^-24, the least float16.
  const float shifted = __builtin_bit_cast(float, u < 0x38800000 ? u : 0) + 0.5f;
  const uint32_t subnormal = __builtin_bit_cast(uint32_t, shifted) - 0x3f000000;
  const uint32_t nan = 0x7e00 | (u >> 13 & 0x1ff);
  uint32_t h = u < 0x38800000 ? subnormal : normal;
  h = u >= 0x477ff000 ? 0x7c00 : h;
  h = u > 0x7f800000 ? nan : h;
  return {static_cast<uint16_t>(h | (all >> 16 & 0x8000))};
}

template <>
[[gnu::always_inline]] constexpr BFloat16 narrowed<BFloat16>(float v) {
  const uint32_t u = __builtin_bit_cast(uint32_t, v);
  const uint32_t rounded = (u + 0x7fff + (u >> 16 & 1)) >> 16;
  return {static_cast<uint16_t>((u & 0x7fffffff) > 0x7f800000 ? 0x7fc0 : rounded)};
}

static_assert(narrowed<Float16>(65519.996f).bits == 0x7bff);
static_assert(narrowed<Float16>(65520.0f).bits == 0x7c00);
static_assert(narrowed<Float16>(-0x1p-24f).bits == 0x8001);
static_assert(narrowed<Float16>(0x1p-25f).bits == 0 && narrowed<Float16>(0x1.8p-24f).bits == 2);
static_assert(narrowed<Float16>(1.0f).bits == 0x3c00 && widened(Float16{0x3c00}) == 1.0f);
static_assert(widened(Float16{0x0001}) == 0x1p-24f && widened(Float16{0xfbff}) == -65504.0f);
static_assert(narrowed<BFloat16>(0x1.01p0f).bits == 0x3f80);
static_assert(narrowed<BFloat16>(0x1.03p0f).bits == 0x3f82);

}  // namespace pyad
