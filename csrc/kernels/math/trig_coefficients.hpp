// Polynomials and constants of the trigonometric functions, written by
// tools/minimax_trig.py: a file of its own because it is generated.
#pragma once

#include <stdint.h>

#include "kernels/isa.hpp"

namespace pyad::inline PYAD_ISA {

/// By type; beside each polynomial the largest weighted error.
template <class T>
struct TrigCoefficients;

template <>
struct TrigCoefficients<float> {
  // 8 (sin(x) / x - 1) / z + 1, z = x^2: 2^-24.6
  static constexpr float kSin[] = {-0x1.5555340000000p-2f, 0x1.110f000000000p-4f,
                                   -0x1.9f774c0000000p-10f, 0x1.5e1af60000000p-16f};
  // (atan(x) / x - 1) / z, z = x^2: 2^-29.6
  static constexpr float kAtan[] = {-0x1.5555420000000p-2f, 0x1.998e000000000p-3f,
                                    -0x1.236fd00000000p-3f, 0x1.ade1480000000p-4f,
                                    -0x1.dd6d780000000p-5f};
  // (asin(x) / x - 1) / z, z = x^2: 2^-27.6
  static constexpr float kAsin[] = {0x1.5555ca0000000p-3f, 0x1.3301640000000p-4f,
                                    0x1.748b300000000p-5f, 0x1.8ba7c80000000p-6f,
                                    0x1.59da720000000p-5f};
  // (1 - x cot(x)) / z, z = x^2: 2^-27.2
  static constexpr float kCot[] = {0x1.5555420000000p-2f, 0x1.6c290e0000000p-6f,
                                   0x1.12bb8e0000000p-9f, 0x1.04890e0000000p-12f};
  // tan(x) / x = 1 + z p / (1 + z q), z = x^2; p: 2^-29.4
  static constexpr float kTan[] = {0x1.5555560000000p-2f, -0x1.e7a6720000000p-7f};
  // q
  static constexpr float kTanUnder[] = {-0x1.c751320000000p-2f, 0x1.05627c0000000p-6f};
  // pi: products of a whole number and a part are exact, or fused
#if defined(__FMA__)
  static constexpr float kPiParts[] = {0x1.921fb60000000p+1f, -0x1.777a5c0000000p-24f,
                                       -0x1.ee59da0000000p-49f};
  static constexpr float kHalfPiParts[] = {0x1.921fb40000000p+0f, 0x1.4442d00000000p-24f,
                                           0x1.84698a0000000p-48f};
#else
  static constexpr float kPiParts[] = {0x1.921c000000000p+1f, 0x1.daa0000000000p-14f,
                                       0x1.10b4000000000p-29f, 0x1.84698a0000000p-47f};
  static constexpr float kHalfPiParts[] = {0x1.921c000000000p+0f, 0x1.daa0000000000p-15f,
                                           0x1.10b4000000000p-30f, 0x1.84698a0000000p-48f};
#endif
};

template <>
struct TrigCoefficients<double> {
  // 8 (sin(x) / x - 1) / z + 1, z = x^2: 2^-58.9
  static constexpr double kSin[] = {
      -0x1.5555555555554p-2,  0x1.11111111110cap-4,  -0x1.a01a01a014ffdp-10, 0x1.71de3a52b4578p-16,
      -0x1.ae6454ddc59bbp-23, 0x1.6123cf5d12f5bp-30, -0x1.ae441c5270f16p-38, 0x1.884210074fc68p-46};
  // (atan(x) / x - 1) / z, z = x^2: 2^-57.7
  static constexpr double kAtan[] = {
      -0x1.555555555550cp-2, 0x1.999999998ea0dp-3, -0x1.2492491fff753p-3, 0x1.c71c6fdf4b56cp-4,
      -0x1.745cdc0cf1342p-4, 0x1.3b0f269c79d8cp-4, -0x1.10d63e7c919b4p-4, 0x1.dde0a3fd3ddccp-5,
      -0x1.97abeaad472efp-5, 0x1.2b305fae9679cp-5, -0x1.0aacc2d738f75p-6};
  // (asin(x) / x - 1) / z, z = x^2: 2^-55.9
  static constexpr double kAsin[] = {
      0x1.5555555555384p-3, 0x1.333333336fe0ep-4, 0x1.6db6db419a0ecp-5,  0x1.f1c72c803ceb7p-6,
      0x1.6e89edac40e47p-6, 0x1.1c6c4363405c6p-6, 0x1.c6f652ce887acp-7,  0x1.8ef31b2e3fc3fp-7,
      0x1.aa34bc037e1dbp-8, 0x1.410a0200b1821p-6, -0x1.0b811a2125064p-6, 0x1.05ff17c66f4a8p-5};
  // tan(x) / x = (1 + z p) / (1 + z q), z = x^2; p: 2^-61.3
  static constexpr double kTan[] = {-0x1.0c44b381218cfp-3, 0x1.98ac82ad94193p-9,
                                    -0x1.762d681376aeep-17, -0x1.32ee679e32c38p-26};
  // q
  static constexpr double kTanUnder[] = {-0x1.db77af15e61bdp-2, 0x1.9260ad974a90ap-6,
                                         -0x1.0c6691c49743cp-12};
  // pi: products of a whole number and a part are exact, or fused
#if defined(__FMA__)
  static constexpr double kPiParts[] = {0x1.921fb54442d18p+1, 0x1.1a62633145c07p-53,
                                        -0x1.f1976b7ed8fbcp-109};
  static constexpr double kHalfPiParts[] = {0x1.921fb54442d18p+0, 0x1.1a62633145c06p-54,
                                            0x1.c1cd129024e09p-107};
#else
  static constexpr double kPiParts[] = {0x1.921fb54400000p+1, 0x1.0b4611a600000p-33,
                                        0x1.3198a2e000000p-68, 0x1.b839a252049c1p-103};
  static constexpr double kHalfPiParts[] = {0x1.921fb54400000p+0, 0x1.0b4611a600000p-34,
                                            0x1.3198a2e000000p-69, 0x1.b839a252049c1p-104};
#endif
};

/// 2 / pi, after 64 bits before the point.
inline constexpr uint64_t kTwoOverPiBits[] = {0,
                                              0xa2f9836e4e441529,
                                              0xfc2757d1f534ddc0,
                                              0xdb6295993c439041,
                                              0xfe5163abdebbc561,
                                              0xb7246e3a424dd2e0,
                                              0x6492eea09d1921c,
                                              0xfe1deb1cb129a73e,
                                              0xe88235f52ebb4484,
                                              0xe99c7026b45f7e41,
                                              0x3991d639835339f4,
                                              0x9c845f8bbdf9283b,
                                              0x1ff897ffde05980f,
                                              0xef2f118b5a0a6d1f,
                                              0x6d367ecf27cb09b7,
                                              0x4f463f669e5fea2d,
                                              0x7527bac7ebe5f17b,
                                              0x3d0739f78a5292ea,
                                              0x6bfb5fb11f8d5d08,
                                              0x56033046fc7b6bab,
                                              0xf0cfbc209af4361d};

}  // namespace pyad::inline PYAD_ISA
