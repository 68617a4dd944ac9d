// Normals by blocks and stretched uniforms, for one instruction set. See Note [PyTorch's streams].
//
// Products and sums are fused wherever the compiler of PyTorch's AVX2 build fuses them, written
// out, so that every instruction set rounds alike; without fused instructions libm computes them.
#include "kernels/random_kernels.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

inline float fused(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
inline double fused(double a, double b, double c) { return __builtin_fma(a, b, c); }

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
  k->box_muller = box_muller;
  k->stretch[0] = stretch<float>;
  k->stretch[1] = stretch<double>;
}

}  // namespace pyad::inline PYAD_ISA
