// Polynomials of the error function's family, by tools/minimax_special.py: a file
// of its own because it is generated.
#pragma once

#include "kernels/isa.hpp"

namespace pyad::inline PYAD_ISA {

/// By type; beside each polynomial the largest weighted error.
template <class T>
struct SpecialCoefficients;

template <>
struct SpecialCoefficients<float> {
  // (exp(r) - 1) / r: 2^-34.3
  static constexpr double kExp[] = {
      0x1.ffffffffc4d0ap-1, 0x1.00000044bf402p-1,  0x1.555555b9d6702p-3, 0x1.55547d2ef361cp-5,
      0x1.111064a03b1a6p-7, 0x1.6d99051e6e7b2p-10, 0x1.a1ce5b21f9fa8p-13};
  // log2(erfc(a)): 2^-33.5
  static constexpr double kErfcLog2[] = {
      0x1.00261e8814500p-12, -0x1.a127776d60fc0p+0, -0x1.d3ddc41c811ccp-1, -0x1.3fc2a5c205344p-3,
      0x1.287108f31c104p-5,  -0x1.890de980ac6f4p-8, 0x1.4676681d63a14p-11, -0x1.f8a41efbc5387p-16};
  // erf(x) / x - 1, z = x^2: 2^-37.1
  static constexpr double kErf[] = {
      0x1.06eba8210fe19p-3, -0x1.8127469d22088p-2,  0x1.ce2f19e3b7bafp-4,  -0x1.b82bb0b3fce4ep-6,
      0x1.56447398a7466p-8, -0x1.be3bd133a1256p-11, 0x1.e25cd2a0d1185p-14, -0x1.5f005cdc4c106p-17};
  // erfc(a) exp(a^2) (a + 2), t = (a - 2) / (a + 2): 2^-34.8
  static constexpr double kErfcFar[] = {
      0x1.058671b518ed7p+0,   -0x1.5fd3866fefe6ep-1, 0x1.1e2deeeb0a47ep-2, -0x1.2a8900c855186p-5,
      -0x1.606ec253cc5e3p-6,  0x1.a8b1dde349900p-8,  0x1.9533df9eab251p-9, -0x1.bc821dba3ef36p-11,
      -0x1.5a60a074c7554p-11, 0x1.2f98c7d8e2f37p-14, 0x1.e475bc44fd177p-14};
  // Phi(-a) exp(a^2 / 2) (a + 4), t = (a - 4) / (a + 4): 2^-32.1
  static constexpr double kNormalTail[] = {
      0x1.82b4bb8e71894p-1,  -0x1.373e3a90cdd6cp-1,  0x1.8c6dbd558f9b4p-2,   -0x1.7dff28521c010p-3,
      0x1.eec5ff446bd41p-5,  -0x1.ee28458750431p-8,  -0x1.c8a7c3c7057b9p-9,  0x1.aafc01a832ee4p-10,
      0x1.343a0e6ee3730p-13, -0x1.cb36061175d92p-13, -0x1.1f69c8e87efa6p-16, 0x1.e1c8eb21ffb55p-17};
  // (erfinv(x) / x - sqrt(pi) / 2) / w, w = -log(1 - x^2): 2^-30.5
  static constexpr float kErfinvNear[] = {
      0x1.db29f80000000p-3f,   0x1.7a755c0000000p-7f,  -0x1.323af20000000p-9f,
      -0x1.07081a0000000p-13f, 0x1.6ce5100000000p-15f, 0x1.1da4220000000p-18f,
      -0x1.0c50a00000000p-19f, 0x1.d406400000000p-23f, -0x1.1c2af00000000p-27f};
  // erfinv(x) / x, w = -log(1 - x^2) - 10: 2^-25.5
  static constexpr float kErfinvFar[] = {
      0x1.7f749a0000000p+1f,   0x1.452f460000000p-3f,   -0x1.f309840000000p-9f,
      0x1.67b2660000000p-13f,  -0x1.19f4320000000p-17f, 0x1.3d902c0000000p-22f,
      0x1.8c6e080000000p-27f,  -0x1.0209f00000000p-28f, 0x1.ca33340000000p-32f,
      -0x1.81e6920000000p-35f, 0x1.8528f40000000p-38f,  -0x1.01b5e00000000p-42f,
      -0x1.54878a0000000p-45f, 0x1.cd45ce0000000p-49f};
  // erf(x) / x - 1, z = x^2: 2^-29.5
  static constexpr float kErfShort[] = {
      0x1.06eba80000000p-3f, -0x1.8127400000000p-2f,  0x1.ce2d520000000p-4f, -0x1.b7fec40000000p-6f,
      0x1.542fee0000000p-8f, -0x1.a5197a0000000p-11f, 0x1.4c5cb40000000p-14f};
  // log2(erfc(a)): 2^-29.3
  static constexpr float kErfcLog2Short[] = {-0x1.09f7a60000000p-11f, -0x1.a040aa0000000p+0f,
                                             -0x1.d76c140000000p-1f,  -0x1.30785a0000000p-3f,
                                             0x1.01c41c0000000p-5f,   -0x1.160c460000000p-8f,
                                             0x1.18e8a40000000p-12f};
  // (exp(r) - 1 - r) / r^2: 2^-30.0
  static constexpr float kExpWide[] = {0x1.0000020000000p-1f,  0x1.5555520000000p-3f,
                                       0x1.5552280000000p-5f,  0x1.1112ec0000000p-7f,
                                       0x1.6f01b80000000p-10f, 0x1.a055500000000p-13f};
  // erf(x) / x - 1, z = x^2 - 1: 2^-26.8
  static constexpr float kErfcShort[] = {-0x1.4226160000000p-3f, -0x1.b5dafa0000000p-3f,
                                         0x1.cf6f900000000p-5f,  -0x1.9b00e80000000p-7f,
                                         0x1.349a700000000p-9f,  -0x1.614eda0000000p-12f,
                                         0x1.3df4640000000p-14f};
  // log(erfc(a) (a + 3/4)) + a^2, u = 1 / (a + 3/4): 2^-26.6
  static constexpr float kErfcLogOver[] = {
      -0x1.250f840000000p-1f, 0x1.806ae60000000p-1f,  -0x1.de483a0000000p-3f,
      -0x1.d7ac080000000p-2f, -0x1.0c87860000000p+0f, 0x1.2099180000000p+2f,
      -0x1.901d4a0000000p+2f, 0x1.0c60c60000000p+2f,  -0x1.272b860000000p+0f};
  // (log(2 Phi(-a)) + a^2 / 2) / a + 1 / 2, s = a - 5/4: 2^-27.0
  static constexpr float kGeluLog[] = {-0x1.e5b7140000000p-4f,  0x1.c9fc580000000p-4f,
                                       -0x1.50ee6e0000000p-6f,  0x1.b0ad480000000p-9f,
                                       -0x1.9f20f40000000p-12f, 0x1.e093b60000000p-17f,
                                       0x1.54c9a20000000p-17f,  -0x1.acfb000000000p-19f};
  // a Phi(-a) exp(a^2 / 2), u = 1 / (a + 1): 2^-28.0
  static constexpr float kGeluFar[] = {0x1.9883640000000p-2f,  0x1.facf060000000p-13f,
                                       -0x1.9f9af80000000p-2f, -0x1.6071880000000p-1f,
                                       -0x1.0b793e0000000p+0f, 0x1.28ac380000000p+3f,
                                       -0x1.feea160000000p+3f, 0x1.359b660000000p+3f};
  // (Phi(-a) exp(a^2 / 2) - a / sqrt(2 pi)) / (a - root), u = 1 / (a + 3): 2^-28.5
  static constexpr float kGeluSlope[] = {-0x1.9883da0000000p-2f, -0x1.333de40000000p-2f,
                                         -0x1.72394e0000000p-1f, -0x1.927f3e0000000p+0f,
                                         -0x1.1e872c0000000p+1f, -0x1.6199d20000000p+1f,
                                         -0x1.865aee0000000p+2f, 0x1.6a04c80000000p+6f,
                                         -0x1.675e900000000p+7f, 0x1.cab13c0000000p+6f};
};

template <>
struct SpecialCoefficients<double> {
  // (erfinv(x) / x - sqrt(pi) / 2) / w, w = -log(1 - x^2): 2^-59.1
  static constexpr double kErfinvNear[] = {
      0x1.db29fb2fee5ebp-3,  0x1.7a72e72c1d937p-7,   -0x1.3211025da9710p-9,  -0x1.0c86b88639c2ap-13,
      0x1.8701518d96bd7p-15, 0x1.0f1da262c1731p-19,  -0x1.0fcb30723d22fp-20, -0x1.4101385880e32p-25,
      0x1.893f108453821p-26, 0x1.6980e1de6c180p-31,  -0x1.ebecc4858f3fap-32, -0x1.1dc0a8561eca2p-34,
      0x1.464bab3075c09p-35, -0x1.58ec8a41503f4p-37, 0x1.abc7e039c8013p-39,  -0x1.eb3f7c127e294p-41,
      0x1.97a21ca91408ep-43, -0x1.d1fcfec30e9f5p-46, 0x1.639c7bc86d4c4p-49,  -0x1.3ce8da56eb0bap-53,
      0x1.5608c97cccf91p-60, 0x1.1fe0347a24737p-61,  -0x1.8632fdbf9cc3bp-65, 0x1.d65537afc0a59p-70,
      -0x1.d2f055e1f2814p-76};
  // erfinv(x) / x, v = sqrt(-log(1 - x^2)) - 4: 2^-54.2
  static constexpr double kErfinvFar[] = {
      0x1.eb7e0914cbf1bp+1,   0x1.026e265c38c40p+0,   0x1.4a42eb3d7d9e8p-10,
      -0x1.c79a1b11b4c0ap-11, 0x1.508bb6b49db2fp-12,  -0x1.ee5c5af32c9e6p-14,
      0x1.d3090a4bf6814p-15,  -0x1.110ad7ef8bb40p-15, 0x1.39440bda86457p-16,
      -0x1.29f34d9b20772p-17, 0x1.94a4aa193a65fp-19,  -0x1.be74d45d85854p-22,
      -0x1.271196d8b6613p-22, 0x1.00b5f32db4b08p-22,  -0x1.922a4fd668ac3p-24,
      0x1.019382ffb34dap-26,  0x1.7a73340e15397p-28,  -0x1.434c2364b53f6p-28,
      0x1.a02e9c6531bf3p-30,  -0x1.26bd0336223acp-33, -0x1.a0169bc21d3fap-34,
      0x1.a2ef171ac73d0p-35,  -0x1.bf502d05caad5p-37, 0x1.a081f3e991ff7p-39,
      -0x1.9fff2ef3a77a4p-44, -0x1.2ebdd8380de58p-41, 0x1.1b07a78bec7a4p-42,
      -0x1.bf5097998d6a3p-46, -0x1.bb7db6879a553p-47, 0x1.160e283ecc972p-48,
      -0x1.6e66fd8aa86b2p-52, -0x1.1ae371dc530dcp-58};
  // erf(x) / x - 1, z = x^2: 2^-56.2
  static constexpr double kErf[] = {
      0x1.06eba8214db69p-3,  -0x1.812746b037a02p-2,  0x1.ce2f21a043b22p-4,  -0x1.b82ce312c824ep-6,
      0x1.565bcd17b2099p-8,  -0x1.c02db5b176c83p-11, 0x1.f9a35b3543765p-14, -0x1.f4d6aab43a645p-17,
      0x1.ba25e7b6276cep-20, -0x1.61f5d99f11b52p-23, 0x1.0fb63d707efb3p-26, -0x1.ecee7f3a3cd93p-30,
      0x1.311cf7df12a66p-32, -0x1.1aecf6ded8ac9p-35};
  // log2(erfc(a)): 2^-57.8
  static constexpr double kErfcLog2[] = {
      -0x1.a3922ecfe8794p-24, -0x1.a0be726b7fd7ep+0,  -0x1.d63f81638952fp-1, -0x1.2fa018181bce6p-3,
      0x1.c3a90859cc283p-6,   0x1.65b2682799049p-12,  -0x1.452b1f950a14cp-9, 0x1.c443d1b388f65p-11,
      -0x1.68b8c30dd32b5p-16, -0x1.06c5edaa6c576p-13, 0x1.3c6505e06b2d6p-14, -0x1.cd28aaf74d0f2p-16,
      0x1.e6f5bfec6467cp-18,  -0x1.841c9625b88f1p-20, 0x1.d2b8469283ef4p-23, -0x1.9c8e28f27d42bp-26,
      0x1.fb22cce5e2077p-30,  -0x1.8396197f2bb8ep-34, 0x1.156b96a65e8fep-39};
  // erfc(a) exp(a^2) (a + 2), t = (a - 2) / (a + 2): 2^-55.0
  static constexpr double kErfcFar[] = {
      0x1.058671b52c776p+0,   -0x1.5fd386754effcp-1,  0x1.1e2deea6b1187p-2,
      -0x1.2a88e6107a8fep-5,  -0x1.606e415549a71p-6,  0x1.a89eaff353691p-8,
      0x1.9517bbb033fd9p-9,   -0x1.b6fbf612a9227p-11, -0x1.5ba453bcf6b35p-11,
      0x1.20529ebb21217p-15,  0x1.2f00249027a04p-13,  0x1.1e6638f7478a6p-15,
      -0x1.6d4d566b93f0ep-16, -0x1.0c0e1e2d8ffc7p-16, -0x1.f4a4c4c8c6d67p-21,
      0x1.7f71ee191fef4p-19,  0x1.4485dcf7a8d9ep-19,  0x1.4e1f3962a4698p-20,
      -0x1.73683c8b8917fp-19, 0x1.eb57dbe47c892p-21,  -0x1.6358e7000ac12p-25};
  // Phi(-a) exp(a^2 / 2) (a + 4), t = (a - 4) / (a + 4): 2^-54.6
  static constexpr double kNormalTail[] = {
      0x1.82b4bb8c94dcep-1,  -0x1.373e3a893c287p-1,  0x1.8c6dbf2cfc2b8p-2,   -0x1.7dff2bff688c1p-3,
      0x1.eec4cc3e49a6cp-5,  -0x1.ee2761033ed75p-8,  -0x1.c81719ce95524p-9,  0x1.ab825f7a91af1p-10,
      0x1.17a4a89d4bd1fp-13, -0x1.e4a414bb1ae72p-13, -0x1.001402bafc5cep-19, 0x1.26cf7161ef45bp-15,
      0x1.7ff74441337b1p-21, -0x1.8d32b9122aa16p-18, -0x1.4fcae62c98738p-21, 0x1.11a6398fde0fbp-20,
      0x1.1b7ba3ddc5e42p-22, -0x1.4a39ef06d611cp-23, -0x1.48a6dfe79f8c8p-24, 0x1.e8ff7f4e9ae3ep-27,
      0x1.dd61f4cb6f7d6p-27, 0x1.852c12001cbbdp-33,  -0x1.ff6338604e5f3p-31};
};

}  // namespace pyad::inline PYAD_ISA
