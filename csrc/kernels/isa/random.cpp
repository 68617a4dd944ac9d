// The twister, uniforms, normals by blocks and masks, for one instruction set. See Note [PyTorch's
// streams].
//
// Products and sums are fused wherever the compiler of PyTorch's AVX2 build fuses them, written
// out, so that every instruction set rounds alike; without fused instructions libm computes them.
#include "kernels/random_kernels.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

inline float fused(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
inline double fused(double a, double b, double c) { return __builtin_fma(a, b, c); }

constexpr int kWords = 624, kShift = 397;

inline uint32_t twist(uint32_t a, uint32_t b) {
  return ((a & 0x80000000u) | (b & 0x7fffffffu)) >> 1 ^ (-(b & 1) & 0x9908b0dfu);
}

void refill(uint32_t* w, uint32_t* __restrict out) {
  for (int i = 0; i < kWords - kShift; ++i) w[i] = w[i + kShift] ^ twist(w[i], w[i + 1]);
  for (int i = kWords - kShift; i < kWords - 1; ++i)
    w[i] = w[i + kShift - kWords] ^ twist(w[i], w[i + 1]);
  w[kWords - 1] = w[kShift - 1] ^ twist(w[kWords - 1], w[0]);
  for (int i = 0; i < kWords; ++i) {
    uint32_t y = w[i];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    out[i] = y ^ (y >> 18);
  }
}

void uniform_float(const uint32_t* __restrict words, void* out, int64_t n) {
  auto* __restrict p = static_cast<float*>(out);
  for (int64_t i = 0; i < n; ++i)
    p[i] = static_cast<float>(static_cast<int32_t>(words[i] & 0xffffffu)) * 0x1p-24f;
}
/// 21 bits and 32 bits are summed exactly; signed conversions are what every set has.
void uniform_double(const uint32_t* __restrict words, void* out, int64_t n) {
  auto* __restrict p = static_cast<double*>(out);
  for (int64_t i = 0; i < n; ++i) {
    auto high = static_cast<int32_t>(words[2 * i] & 0x1fffffu);
    auto low = static_cast<int32_t>(words[2 * i + 1] ^ 0x80000000u);
    double v = static_cast<double>(high) * 0x1p32 + (static_cast<double>(low) + 0x1p31);
    p[i] = v * 0x1p-53;
  }
}

void below(const uint32_t* __restrict words, uint8_t* __restrict out, int64_t n, PairThreshold t) {
  for (int64_t i = 0; i < n; ++i) {
    uint32_t high = words[2 * i] & 0x1fffffu, low = words[2 * i + 1];
    out[i] = static_cast<uint8_t>((high < t.high) | ((high == t.high) & (low < t.low)));
  }
}

template <class T>
void masked(const void* x, const uint8_t* __restrict keep, void* y, int64_t n, double scale) {
  auto* __restrict in = static_cast<const T*>(x);
  auto* __restrict out = static_cast<T*>(y);
  T s = static_cast<T>(scale);
  for (int64_t i = 0; i < n; ++i) {
    T v = in[i] * (keep[i] ? s : T(0));
    out[i] = (keep[i] != 0) | (v == v) ? v : T(0);  // a dropped infinity
  }
}

inline float log_cephes(float x) {
  uint32_t bits = __builtin_bit_cast(uint32_t, x);
  float e = static_cast<float>(static_cast<int32_t>(bits >> 23) - 126);
  float m = __builtin_bit_cast(float, (bits & ~0x7f800000u) | 0x3f000000u);
  bool low = m < 0.707106781186547524f;
  e -= low ? 1.0f : 0.0f;
  m = (m - 1.0f) + (low ? m : 0.0f);
  float z = m * m;
  float y = fused(7.0376836292e-2f, m, -1.1514610310e-1f);
  y = fused(y, m, 1.1676998740e-1f);
  y = fused(y, m, -1.2420140846e-1f);
  y = fused(y, m, 1.4249322787e-1f);
  y = fused(y, m, -1.6668057665e-1f);
  y = fused(y, m, 2.0000714765e-1f);
  y = fused(y, m, -2.4999993993e-1f);
  y = fused(y, m, 3.3333331174e-1f);
  y = fused(y * m, z, e * -2.12194440e-4f);
  y = y - z * 0.5f;
  return fused(e, 0.693359375f, m + y);
}

/// Of x >= 0.
inline void sine_cosine_cephes(float x, float* sine, float* cosine) {
  int32_t octant = (static_cast<int32_t>(x * 1.27323954473516f) + 1) & ~1;
  float k = static_cast<float>(octant);
  x = fused(k, -0.78515625f, x);
  x = fused(k, -2.4187564849853515625e-4f, x);
  x = fused(k, -3.77489497744594108e-8f, x);
  float z = x * x;
  float c = fused(2.443315711809948e-5f, z, -1.388731625493765e-3f);
  c = fused(c, z, 4.166664568298827e-2f);
  c = fused(c * z, z, -(z * 0.5f)) + 1.0f;
  float s = fused(-1.9515295891e-4f, z, 8.3321608736e-3f);
  s = fused(s, z, -1.6666654611e-1f);
  s = fused(s * z, x, x);
  bool swapped = (octant & 2) != 0;
  float sign_s = octant & 4 ? -1.0f : 1.0f, sign_c = (octant - 2) & 4 ? 1.0f : -1.0f;
  *sine = (swapped ? c : s) * sign_s;
  *cosine = (swapped ? s : c) * sign_c;
}

void box_muller(float* p, int64_t n, float mean, float deviation) {
  for (int64_t at = 0; at < n; at += 16) {
    float* q = p + at;
    for (int i = 0; i < 8; ++i) {
      float radius = __builtin_sqrtf(-2.0f * log_cephes(1.0f - q[i]));
      float s, c;
      sine_cosine_cephes(6.283185307179586f * q[i + 8], &s, &c);
      q[i] = fused(radius * c, deviation, mean);
      q[i + 8] = fused(radius * s, deviation, mean);
    }
  }
}

template <class T>
void stretch(void* data, int64_t n, double low, double high) {
  T* p = static_cast<T*>(data);
  T a = static_cast<T>(low), b = static_cast<T>(high), range = b - a;
  for (int64_t i = 0; i < n; ++i) {
    T v = fused(p[i], range, a);
    p[i] = v == b ? a : v;
  }
}

}  // namespace

void fill_random(RandomKernels* k) {
  k->refill = refill;
  k->uniform[0] = uniform_float;
  k->uniform[1] = uniform_double;
  k->box_muller = box_muller;
  k->below = below;
  k->masked[0] = masked<float>;
  k->masked[1] = masked<double>;
  k->stretch[0] = stretch<float>;
  k->stretch[1] = stretch<double>;
}

}  // namespace pyad::inline PYAD_ISA
