// What an op is, as data: its record.
//
// Note [Op records]
// `OpInfo` says what the struct of an op says, without its type: whoever runs, records,
// differentiates, batches, prints or replays a call needs the record, the attributes and the
// arrays, and no template. There is one path for every call (`call_op`) and one class of nodes
// behind it (dispatch/op_node.hpp). `call<Op>` is their typed face for the kinds of ops/op.hpp, and
// `elementwise` for elementwise ops, whose record goes on in `ElementwiseInfo` and whose attributes
// are an `ElementwiseCall`. What is no op of users has a record too: an op's kernels in a sweep
// (part "pull"), an optimizer's step, what writes into an array, a row of the table that is no op
// by itself. A record enters the table of all ops where it is first named.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/tensor.hpp"
#include "ops/attributes.hpp"

namespace pyad {

enum class Kind : uint8_t {
  kUnary,
  kBinary,
  kTernary,
  kLinear,
  kBilinear,
  kGeneral,
  kPlain,
  kComposite
};
const char* kind_name(Kind k);

inline constexpr int kAny = -1;
constexpr unsigned save_in(int i) { return 1u << i; }
constexpr unsigned save_out(int k) { return 1u << (8 + k); }

using Tensors = std::vector<Tensor>;
using Inputs = std::span<const Tensor>;
class Examples;
class Rule;
class Tangents;

struct OpInfo {
  const char* name = "";
  const char* part = "";  // what of the op it is, if not its value: "pull", "step", "row"
  Kind kind = Kind::kPlain;
  int inputs = 1, outputs = 1;  // kAny: as many as the call has
  unsigned save = 0;            // of an elementwise op each rule says it: ElementwiseInfo::rules
  unsigned diff_outputs = ~0u;
  bool view = false;
  bool moves = false;   // elements of any dtype, and does nothing else
  bool random = false;  // draws from a generator
  unsigned writes =
      0;  // inputs whose memory it writes, and then returns; the last bit for all after
  bool outside = false;  // its values come from outside: no call makes them again
  AttrInfo attr{};       // of a call
  AttrInfo kept{};       // what a node keeps of them
  // One of the two: most ops have one result, for which no list is made.
  Tensor (*forward)(const void* attr, Inputs in) = nullptr;
  Tensors (*forward_many)(const void* attr, Inputs in) = nullptr;
  /// Linear and bilinear ops: the cotangent of input i; `other` is the other input of a product.
  Tensor (*transpose)(const void* attr, Rule& b, int i, const Tensor& other) = nullptr;
  void (*vjp)(const void* attr, Rule& b) = nullptr;  // general ops
  /// General ops; null: the transpose of the vjp. What comes after the tangents of the outputs a
  /// root says of itself (Note [Tangents of roots]): its tangent for its own rule, and that of half
  /// its square.
  Tensors (*jvp)(const void* attr, Tangents& t) = nullptr;
  /// All examples at once: Note [Batch rules]. Null, or an empty answer: by the expression of a
  /// fused op, else example by example.
  Tensors (*batch)(const void* attr, const Examples& in) = nullptr;
  /// Of fused ops: the expression they stand for.
  Tensors (*compose)(const void* attr, Inputs in) = nullptr;
  /// Of roots: whether the node gets an output for its square (Note [Squares of roots]).
  bool (*has_square)(const void* attr, const Tensor& y) = nullptr;

  bool writes_to(size_t i) const { return writes >> (i < 31 ? i : 31) & 1; }
  bool is_elementwise() const { return kind <= Kind::kTernary; }
};

/// All records, in no order that means anything.
std::span<const OpInfo* const> op_infos();
void enter_op(const OpInfo& info);

/// Runs an op through the layers: levels, recording, execution.
Tensors call_op(const OpInfo& op, const void* attr, Inputs in);
/// The first result.
Tensor call_op_one(const OpInfo& op, const void* attr, Inputs in);
/// Runs its kernels alone: on plain arrays, unrecorded.
Tensors run_op(const OpInfo& op, const void* attr, Inputs in);

/// The record that `make` makes for `key` (another record, an optimizer's rule ...), made when it is
/// first asked for.
const OpInfo& derived_record(const void* key, OpInfo (*make)(const void* key));

}  // namespace pyad
