// Polynomials of the vector mathematics, written by tools/minimax.py (which says how
// they are fitted): a file of its own because it is generated.
#pragma once

#include "kernels/isa.hpp"

namespace pyad::inline PYAD_ISA {

/// By type; beside each polynomial the largest weighted error.
template <class T>
struct Coefficients;

template <>
struct Coefficients<float> {
  // (exp(r) - 1 - r) / r^2: 2^-26.1
  static constexpr float kExp[] = {0x1.0000000000000p-1f, 0x1.5554ae0000000p-3f,
                                   0x1.5554de0000000p-5f, 0x1.12291a0000000p-7f,
                                   0x1.6d59040000000p-10f};
  // (2^r - 1) / r - 1 / 2: 2^-28.6
  static constexpr float kExp2[] = {0x1.8b90c40000000p-3f,  0x1.ebfbe00000000p-3f,
                                    0x1.c6aea60000000p-5f,  0x1.3b2a440000000p-7f,
                                    0x1.5f56800000000p-10f, 0x1.4429280000000p-13f};
  // (log((1 + s) / (1 - s)) / s - 2) / z, z = s^2: 2^-29.2
  static constexpr float kLog[] = {0x1.55557a0000000p-1f, 0x1.995ec40000000p-2f,
                                   0x1.31e3b00000000p-2f};
  // (tanh(x) / x - 1) / z, z = x^2: 2^-24.8
  static constexpr float kTanh[] = {-0x1.55545a0000000p-2f, 0x1.10d0380000000p-3f,
                                    -0x1.af99200000000p-5f, 0x1.0db1020000000p-6f};
  // ((1 - tanh(x) / x) / z - 1 / 3) / z, z = x^2: 2^-27.4
  static constexpr float kTanhshrink[] = {
      -0x1.1110fc0000000p-3f, 0x1.ba13180000000p-5f,  -0x1.65b7360000000p-6f, 0x1.1d4e8e0000000p-7f,
      -0x1.a5df440000000p-9f, 0x1.e850240000000p-11f, -0x1.2fdd4e0000000p-13f};
};

template <>
struct Coefficients<double> {
  // (exp(r) - 1 - r) / r^2: 2^-55.6
  static constexpr double kExp[] = {
      0x1.0000000000005p-1,  0x1.555555555555cp-3,  0x1.55555555520a0p-5,  0x1.111111110e806p-7,
      0x1.6c16c17f57f4bp-10, 0x1.a01a01b5752a0p-13, 0x1.a019a60e0ada6p-16, 0x1.71ddead89cdeap-19,
      0x1.28a33311ab7a8p-22, 0x1.af756c78fb124p-26};
  // (2^r - 1) / r - 1 / 2: 2^-57.9
  static constexpr double kExp2[] = {
      0x1.8b90bfbe8e7bdp-3,  0x1.ebfbdff82c5a5p-3,  0x1.c6b08d704a0a7p-5,  0x1.3b2ab6fb9ff50p-7,
      0x1.5d87fe78a7b6bp-10, 0x1.4309130f308e4p-13, 0x1.ffcbfc61011dfp-17, 0x1.62bfc6ca52659p-20,
      0x1.b524ff737bccdp-24, 0x1.e61cac3414a20p-28, 0x1.e9d5467f9fed8p-32};
  // (log((1 + s) / (1 - s)) / s - 2) / z, z = s^2: 2^-58.5
  static constexpr double kLog[] = {
      0x1.5555555555593p-1, 0x1.999999997f992p-2, 0x1.24924942338a4p-2, 0x1.c71c51ce0ffc3p-3,
      0x1.74664c0e86a6ep-3, 0x1.39a050217220fp-3, 0x1.2f14848af595fp-3};
  // (tanh(x) / x - 1) / z, z = x^2: 2^-55.5
  static constexpr double kTanh[] = {
      -0x1.55555555554a4p-2,  0x1.111111110301bp-3, -0x1.ba1ba1adbdd74p-5,  0x1.664f45d044dd1p-6,
      -0x1.226dde9cd58dfp-7,  0x1.d6c64682c7cf9p-9, -0x1.7cf53ea595998p-10, 0x1.2fab14e6018e0p-11,
      -0x1.b93f5ea9b056ap-13, 0x1.ac8fe46c4e9b0p-15};
  // ((1 - tanh(x) / x) / z - 1 / 3) / z, z = x^2: 2^-55.9
  static constexpr double kTanhshrink[] = {
      -0x1.11111111110d7p-3,  0x1.ba1ba1ba15be3p-5,  -0x1.664f488112988p-6,  0x1.226e351fe69adp-7,
      -0x1.d6d3c605b7971p-9,  0x1.7da2c6680f5aep-10, -0x1.3551ef7c06ea7p-11, 0x1.f523da56e6211p-13,
      -0x1.94a2fa92640cap-14, 0x1.422817063fbdcp-15, -0x1.ea994a1b147f4p-17, 0x1.4f70c10ae1024p-18,
      -0x1.739839f8a5089p-20, 0x1.1c4b338260debp-22, -0x1.b366182b29b40p-26};
};

}  // namespace pyad::inline PYAD_ISA
