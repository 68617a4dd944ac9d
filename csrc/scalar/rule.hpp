// The op table for plain numbers: value and partials of every elementwise op, from the one formula
// of its struct.
//
// The templates serve code that names its op; the records serve calls by op id.
#pragma once

#include <cstdint>
#include <span>

#include "ops/elementwise/families.hpp"
#include "ops/elementwise/rule.hpp"

namespace pyad {

namespace detail {
template <class... L>
struct JoinLists;
template <class... A>
struct JoinLists<List<A...>> {
  using type = List<A...>;
};
template <class... A, class... B, class... Rest>
struct JoinLists<List<A...>, List<B...>, Rest...> : JoinLists<List<A..., B...>, Rest...> {};

#define PYAD_LIST(FAMILY, LIST) , LIST
template <class... L>
using JoinFamilies = typename JoinLists<L...>::type;
using AllElementwise = JoinFamilies<List<> PYAD_ELEMENTWISE_FAMILIES(PYAD_LIST)>;
#undef PYAD_LIST

constexpr bool same_text(const char* a, const char* b) {
  while (*a && *a == *b) ++a, ++b;
  return *a == *b;
}
template <class... Ops>
consteval int index_of_name(const char* name, List<Ops...>) {
  int i = 0, found = -1;
  ((same_text(Ops::name, name) ? void(found = i) : void(), ++i), ...);
  return found;
}
template <int I, class L>
struct At;
template <int I, class Op, class... Ops>
struct At<I, List<Op, Ops...>> : At<I - 1, List<Ops...>> {};
template <class Op, class... Ops>
struct At<0, List<Op, Ops...>> {
  using type = Op;
};
}  // namespace detail

/// Id of the op called NAME; a name that is not in the table does not compile.
template <OpName NAME>
inline constexpr uint16_t kOpId = [] {
  constexpr int id = detail::index_of_name(NAME.text, detail::AllElementwise{});
  static_assert(id >= 0, "no elementwise op has this name");
  return static_cast<uint16_t>(id);
}();
template <OpName NAME>
using OpNamed = typename detail::At<kOpId<NAME>, detail::AllElementwise>::type;

/// Partial of `Op` with respect to input I; zero where the op has no derivative.
template <class Op, int I>
inline double partial_of(double a, double b, double c, double y, const double* p) {
  if constexpr (I < Op::arity && Derivative<Op, I>::exists) {
    return Derivative<Op, I>::template pull<double>(1.0, a, b, c, y, p);
  } else {
    return 0;
  }
}

/// One op for plain numbers.
struct ScalarRule {
  const char* name;
  const char* aliases;
  const char* const* operands;  // their names
  Doc doc;
  int arity;
  int num_params;
  const Param* params;
  bool scalar;              // a function of `Value`
  bool named;               // and a method of it
  bool truth;               // the result is true or false
  unsigned differentiable;  // mask of the inputs with a derivative
  /// Value, and the partials of the inputs in `wanted`. Unused inputs may be anything.
  double (*apply)(const double in[3], const double* params, unsigned wanted, double partials[3]);
};

/// All elementwise ops, by id.
std::span<const ScalarRule> scalar_rules();

}  // namespace pyad
