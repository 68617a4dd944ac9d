// Polynomials of hyperbolic functions, powers and roots, written by
// tools/minimax_hyperbolic.py: a file of its own because it is generated.
#pragma once

#include "kernels/isa.hpp"

namespace pyad::inline PYAD_ISA {

/// By type; beside each polynomial the largest weighted error.
template <class T>
struct HyperbolicCoefficients;

template <>
struct HyperbolicCoefficients<float> {
  // (sinh(x) / x - 1) / z, z = x^2: 2^-24.0
  static constexpr float kSinh[] = {0x1.5553880000000p-3f, 0x1.12e2380000000p-7f};
  // ((cosh(x) - 1) / z - 1 / 2) / z, z = x^2: 2^-30.3
  static constexpr float kCosh[] = {0x1.5554200000000p-5f, 0x1.6e1f700000000p-10f};
  // (atanh(x) / x - 1) / z, z = x^2: 2^-34.8
  static constexpr float kAtanh[] = {0x1.5555560000000p-2f, 0x1.9998a00000000p-3f,
                                     0x1.24c7c00000000p-3f, 0x1.bd8f880000000p-4f,
                                     0x1.d37a5e0000000p-4f};
  // log2(1 + f) / f: 2^-35.3
  static constexpr double kPowerLog[] = {
      0x1.71547652a1d45p+0, -0x1.71547656605d0p-1, 0x1.ec709ebc51d42p-2, -0x1.71547092c4215p-2,
      0x1.277651b5b2f86p-2, -0x1.ec72b74c162aap-3, 0x1.a63f576e3545bp-3, -0x1.7141597b0d9c6p-3,
      0x1.4527ffe664f27p-3, -0x1.252f4a1a5f753p-3, 0x1.287836c6b5a0ap-3, -0x1.248cac7565bb5p-3,
      0x1.3cdb64a07b1d4p-4};
  // 2^r: 2^-29.0
  static constexpr double kPowerExp[] = {
      0x1.ffffffff4d64bp-1, 0x1.62e430d03f51cp-1,  0x1.ebfbe10ecb0a8p-3, 0x1.c6aecc59fd87fp-5,
      0x1.3b2995af637acp-7, 0x1.5f48c56e59812p-10, 0x1.44991ea02c385p-13};
  // x^(-1/3): 2^-11.9
  static constexpr float kRoot[] = {0x1.8ab91c0000000p+0f, -0x1.9eb3260000000p-1f,
                                    0x1.4562300000000p-2f, -0x1.99156c0000000p-5f};
};

template <>
struct HyperbolicCoefficients<double> {
  // (sinh(x) / x - 1) / z, z = x^2: 2^-57.3
  static constexpr double kSinh[] = {0x1.5555555555583p-3, 0x1.111111110467bp-7,
                                     0x1.a01a01e8ff081p-13, 0x1.71dd8347899ffp-19,
                                     0x1.b005780d24a98p-26};
  // ((cosh(x) - 1) / z - 1 / 2) / z, z = x^2: 2^-64.9
  static constexpr double kCosh[] = {0x1.5555555555577p-5, 0x1.6c16c16c0964bp-10,
                                     0x1.a01a01dd7e8f5p-16, 0x1.27e4789c02be3p-22,
                                     0x1.1ff4adc17283cp-29};
  // (atanh(x) / x - 1) / z, z = x^2: 2^-62.9
  static constexpr double kAtanh[] = {
      0x1.5555555555552p-2, 0x1.999999999a7d3p-3, 0x1.24924923ebb53p-3, 0x1.c71c723f3f109p-4,
      0x1.745cfe7aa4092p-4, 0x1.3b16d80d59a7cp-4, 0x1.10cfdf297bcbfp-4, 0x1.e892197695d36p-5,
      0x1.79a8850fdfccfp-5, 0x1.36b3da754f640p-4};
  // (log2((1 + s) / (1 - s)) / s - 2 / ln 2 - z 2 / 3 ln 2) / z^2, z = s^2: 2^-64.7
  static constexpr double kPowerLog[] = {
      0x1.2776c50ef9d28p-1, 0x1.a61762a7588abp-2, 0x1.484b14224dc42p-2, 0x1.0c9a6396c627dp-2,
      0x1.c69fa3dd7157fp-3, 0x1.87ae87a9ed82bp-3, 0x1.85fe57b2c8a19p-3};
  // x^(-1/3): 2^-17.4
  static constexpr double kRoot[] = {0x1.c7f368c6fa940p+0, -0x1.90e74be9706b7p+0,
                                     0x1.3e68c5affc007p+0, -0x1.321c6be10a006p-1,
                                     0x1.3fa2768d4dab7p-3, -0x1.16d6f960487fdp-6};
};

}  // namespace pyad::inline PYAD_ISA
