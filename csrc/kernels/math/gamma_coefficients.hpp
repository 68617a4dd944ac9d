// Polynomials of the gamma function's family, by tools/minimax_gamma.py: a file of its
// own because it is generated.
#pragma once

#include "kernels/isa.hpp"

namespace pyad::inline PYAD_ISA {

/// Beside each polynomial the largest weighted error.
struct GammaCoefficients {
  // lgamma(2 + w) / w: 2^-57.5
  static constexpr double kLgammaNear[] = {
      0x1.b0ee6072093cep-2,   0x1.4a34cc4a60fa6p-2,   -0x1.13e001a5575b7p-4,  0x1.51322ac7d8713p-6,
      -0x1.e404fc21a3c3bp-8,  0x1.7add6ead6d5bcp-9,   -0x1.38ac5c226926bp-10, 0x1.0b36afa87f24cp-11,
      -0x1.d3fd515952573p-13, 0x1.a1279e4257801p-14,  -0x1.78dd9faaff4afp-15, 0x1.5810f2202454ep-16,
      -0x1.3ccd9282ab1c9p-17, 0x1.2542a5cd8b203p-18,  -0x1.10d3a7ca45ecap-19, 0x1.0608e57c2a3a6p-20,
      -0x1.ec467e2eaeef5p-22, 0x1.53dcc71070653p-23,  -0x1.cf694e7c7c6aep-24, 0x1.06df1071af217p-23,
      0x1.38724649a3af8p-26,  -0x1.048997c5462b8p-25, -0x1.6d415b811aad0p-25};
  // x (lgamma(x) - (x - 1/2) log(x) + x - log(2 pi) / 2), t = x^-2: 2^-61.9
  static constexpr double kStirling[] = {
      0x1.5555555555554p-4,  -0x1.6c16c16c0b90ap-9,  0x1.a01a0166b75a6p-11, -0x1.38135eacc54d9p-11,
      0x1.b94624395900bp-11, -0x1.f56bfd8b07358p-10, 0x1.98dc7f842bb5fp-8,  -0x1.9dd9024695210p-6,
      0x1.a1f9955185107p-4,  -0x1.41554fb9128edp-2,  0x1.fc804028546cap-2};
  // digamma(1.5 + c) / (c - root): 2^-54.4
  static constexpr double kDigammaNear[] = {
      0x1.e6f0cbb873616p-1,  -0x1.b1cb63005ee96p-2,  0x1.eca189b8e719bp-3,  -0x1.2feeeb98a7f07p-3,
      0x1.8512e5901c518p-4,  -0x1.fb442029874a9p-5,  0x1.4de9aa225c2cap-5,  -0x1.b9f8b155c64b6p-6,
      0x1.25646f2e5ac0ap-6,  -0x1.863557fd3a152p-7,  0x1.03c0f8f15c526p-7,  -0x1.5a082a35fff45p-8,
      0x1.cd13ac1937314p-9,  -0x1.334e144633bcap-9,  0x1.9a7f194d5b4d3p-10, -0x1.11651ad9c9084p-10,
      0x1.643b0e7e60a25p-11, -0x1.df4dcb9c1b090p-12, 0x1.75a3400bbab31p-12, -0x1.d9647b568c79ap-13,
      0x1.753b1eee4bf76p-15, -0x1.9962eee3d0925p-15, 0x1.456e2f8736354p-13, -0x1.797cd40feb9bcp-14};
  // x^2 (digamma(x) - log(x) + 1 / (2 x)), t = x^-2: 2^-62.2
  static constexpr double kDigammaFar[] = {
      -0x1.5555555555536p-4, 0x1.11111110e2f06p-7, -0x1.041040a46e7c1p-8, 0x1.1110deac25390p-8,
      -0x1.f06c3e81f6ea7p-8, 0x1.58c3a7ee4eea7p-6, -0x1.4dc6594f9de25p-4, 0x1.930414b5a56ccp-2,
      -0x1.0417e807a84a9p+1, 0x1.2f456de8015bbp+3, -0x1.1127d1e917ca1p+5, 0x1.404e452234de9p+6,
      -0x1.64ce98370969fp+6};
  // trigamma(1.5 + c): 2^-55.5
  static constexpr double kTrigammaNear[] = {
      0x1.de9e64df22ef3p-1,  -0x1.a85808a40aba2p-1, 0x1.68ba30a420916p-1,  -0x1.287825428e768p-1,
      0x1.da2d963d03701p-2,  -0x1.72d7487c32adap-2, 0x1.1cc1377a77868p-2,  -0x1.aeb6f15574e55p-3,
      0x1.41a51c38f812bp-3,  -0x1.db4d854d5f493p-4, 0x1.5c083051f0eb6p-4,  -0x1.f9c6e8f48632ep-5,
      0x1.6d1835657364bp-5,  -0x1.060874a9bb3cdp-5, 0x1.7628dbf8f745ep-6,  -0x1.0a168af9345e5p-6,
      0x1.7a494091a9ac9p-7,  -0x1.0a74603ae88efp-7, 0x1.6a95bd102ed25p-8,  -0x1.02b90379a07d8p-8,
      0x1.b78949c6e6d31p-9,  -0x1.1df322f74cee3p-9, 0x1.5bea1b0568ef1p-12, -0x1.e1d19c506f4f9p-12,
      0x1.c17f6fdc9844ep-10, -0x1.11f2c7c52c408p-10};
  // x^3 (trigamma(x) - 1 / x - 1 / (2 x^2)), t = x^-2: 2^-62.8
  static constexpr double kTrigammaFar[] = {
      0x1.5555555555547p-3,  -0x1.11111111033f2p-5,  0x1.861861606a70fp-6,  -0x1.111103f0069dcp-5,
      0x1.364ad1ec5faf6p-4,  -0x1.02ff3008900aap-2,  0x1.284481eeb924dp+0,  -0x1.afb515dd51eafp+2,
      0x1.68de3ae99538ap+5,  -0x1.2fd55a0105bdap+8,  0x1.c7056d87cf964p+10, -0x1.10adf33f61a53p+13,
      0x1.d89f6c8a5047cp+14, -0x1.024377aa75f0fp+16, 0x1.088f3d6ac4c06p+16};
  // (sin(pi r) / (pi r) - 1) / z, z = r^2: 2^-63.1
  static constexpr double kSinPi[] = {
      -0x1.a51a6625307d3p+0,  0x1.9f9cb402bc451p-1,  -0x1.86a8e4720cb84p-3,
      0x1.ac6805ce9ec83p-6,   -0x1.33816a719b1bbp-9, 0x1.3747057df60c4p-13,
      -0x1.d41aca6b4862bp-18, 0x1.0e7cfb9d2c7b1p-22, -0x1.a6dc4dc96bc36p-28};
  // (pi r cot(pi r) - 1) / z, z = r^2: 2^-53.9
  static constexpr double kCotPi[] = {
      -0x1.a51a6625307d3p+1, -0x1.151322ac7d8abp+1, -0x1.0470984c03f71p+1, -0x1.010b36b18f0e1p+1,
      -0x1.00412dbf0c874p+1, -0x1.001031300e880p+1, -0x1.00026d6a8405dp+1, -0x1.001c74d1903b6p+1,
      -0x1.fd51315ae1406p+0, -0x1.0c55b58dcb9dbp+1, -0x1.58c4aee8b8731p+0, -0x1.50176efcf4da9p+2,
      0x1.35e19441c41fdp+3,  -0x1.f4761e20dccc7p+4, 0x1.6ec7b98228c30p+5,  -0x1.714852b948fb2p+5,
      0x1.98a829e86db26p+3};
};

}  // namespace pyad::inline PYAD_ISA
