// The least a test needs: named cases, CHECK, and the rule that a case leaves nothing alive.
#pragma once

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/tensor.hpp"

namespace pyad::test {

struct Case {
  const char* name;
  void (*run)();
};
inline std::vector<Case>& cases() {
  static std::vector<Case> list;
  return list;
}
struct Register {
  Register(const char* name, void (*run)()) { cases().push_back({name, run}); }
};
inline int failures = 0;

#define TEST(NAME)                                                   \
  static void NAME();                                                \
  static const ::pyad::test::Register register_##NAME(#NAME, &NAME); \
  static void NAME()

#define CHECK(...)                                                          \
  do {                                                                      \
    if (!(__VA_ARGS__)) {                                                   \
      ++::pyad::test::failures;                                             \
      std::printf("%s:%d: failed: %s\n", __FILE__, __LINE__, #__VA_ARGS__); \
    }                                                                       \
  } while (false)

/// Whether `f` raises an Error of this kind whose text contains `part`.
template <class F>
bool raises(ErrorKind kind, const char* part, F&& f) {
  try {
    f();
  } catch (const Error& e) {
    bool as_expected = e.kind() == kind && std::string(e.what()).find(part) != std::string::npos;
    if (!as_expected) std::printf("raised: %s\n", e.what());
    return as_expected;
  }
  return false;
}

inline Tensor vec(std::initializer_list<double> v, bool requires_grad = false) {
  Tensor t = empty({static_cast<int64_t>(v.size())}, DType::kFloat64);
  int64_t i = 0;
  for (double x : v) t.data<double>()[i++] = x;
  t.impl()->requires_grad = requires_grad;
  return t;
}
inline double at(const Tensor& t, int64_t i = 0) {
  int64_t offset = t.dim() == 0 ? 0 : i * t.stride(0);
  return t.data<double>()[offset];
}
inline bool near(double a, double b) {
  return std::fabs(a - b) <= 1e-12 * std::fmax(1.0, std::fabs(b));
}

}  // namespace pyad::test
