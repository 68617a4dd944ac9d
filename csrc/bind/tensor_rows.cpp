// Rows of the op table whose faces are written by hand, in tensor_methods.cpp and
// autograd_tensor.cpp.
//
// Note [Own faces]
// Reading arguments by a signature costs some 30 ns, as much as these methods themselves: they ask an
// object what it is, convert, or write one number. So their faces are functions of CPython's own kinds,
// and the row says the rest: types, results, what is written, documentation.
#include "bind/parse.hpp"
#include "bind/tensor_type.hpp"

namespace pyad::bind {

namespace {

constexpr const char* kNothing = "none";

const Function kRows[] = {
    {"dim", "self: Tensor -> int", R"doc(Number of dims.)doc", Kind::kPlain, kMethod | kOwnFace,
     nullptr, kNothing, kNothing},
    {"ndimension", "self: Tensor -> int", R"doc(Number of dims.)doc", Kind::kPlain,
     kMethod | kOwnFace, nullptr, kNothing, kNothing},
    {"numel", "self: Tensor -> int", R"doc(Number of elements.)doc", Kind::kPlain,
     kMethod | kOwnFace, nullptr, kNothing, kNothing},
    {"nelement", "self: Tensor -> int", R"doc(Number of elements.)doc", Kind::kPlain,
     kMethod | kOwnFace, nullptr, kNothing, kNothing},
    {"element_size", "self: Tensor -> int", R"doc(Bytes of one element.)doc", Kind::kPlain,
     kMethod | kOwnFace, nullptr, kNothing, kNothing},
    {"storage_offset", "self: Tensor -> int",
     R"doc(Elements between the start of the memory and the first element.)doc", Kind::kPlain,
     kMethod | kOwnFace, nullptr, kNothing, kNothing},
    {"data_ptr", "self: Tensor -> int",
     R"doc(Address of the first element. It changes when a write must not reach a saved value.)doc",
     Kind::kPlain, kMethod | kOwnFace, nullptr, kNothing, kNothing},
    {"is_floating_point", "self: Tensor -> bool", R"doc(Whether the dtype is a floating one.)doc",
     Kind::kPlain, kMethod | kOwnFace, nullptr, kNothing, kNothing},
    {"is_contiguous", "self: Tensor -> bool",
     R"doc(Whether the elements lie in row-major order without gaps.)doc", Kind::kPlain,
     kMethod | kOwnFace, nullptr, kNothing, kNothing},
    {"to",
     "self: Tensor, dtype: dtype, non_blocking: bool = False, copy: bool = False, *, "
     "memory_format: str? = None",
     R"doc(The tensor in another dtype; itself when nothing changes.)doc", Kind::kLinear,
     kMethod | kOwnFace, nullptr, "the cotangent converted back", "smooth"},
    {"to",
     "self: Tensor, device: str?, dtype: dtype? = None, non_blocking: bool = False, copy: bool = "
     "False, *, memory_format: str? = None",
     R"doc(The tensor in another dtype; itself when nothing changes.)doc", Kind::kLinear,
     kMethod | kOwnFace, nullptr, "the cotangent converted back", "smooth"},
    {"to",
     "self: Tensor, other: Tensor, non_blocking: bool = False, copy: bool = False, *, "
     "memory_format: str? = None",
     R"doc(The tensor in another dtype; itself when nothing changes.)doc", Kind::kLinear,
     kMethod | kOwnFace, nullptr, "the cotangent converted back", "smooth"},
    {"cpu", "self: Tensor", R"doc(The tensor itself: pyad computes on the CPU.)doc", Kind::kPlain,
     kMethod | kOwnFace, nullptr, kNothing, kNothing},
    {"type", "self: Tensor -> str",
     R"doc(The name of the tensor's type, or the tensor in another dtype.)doc", Kind::kPlain,
     kMethod | kOwnFace, nullptr, kNothing, kNothing},
    {"type", "self: Tensor, dtype: object, non_blocking: bool = False",
     R"doc(The name of the tensor's type, or the tensor in another dtype.)doc", Kind::kLinear,
     kMethod | kOwnFace, nullptr, "the cotangent converted back", "smooth"},
    {"share_memory_", "self: Tensor!",
     R"doc(The tensor itself: threads share its memory anyway.)doc", Kind::kPlain,
     kMethod | kOwnFace, nullptr, kNothing, kNothing},
    {"pin_memory", "self: Tensor", R"doc(The tensor itself: there is no device to copy to.)doc",
     Kind::kPlain, kMethod | kOwnFace, nullptr, kNothing, kNothing},
    {"is_shared", "self: Tensor -> bool", R"doc(False.)doc", Kind::kPlain, kMethod | kOwnFace,
     nullptr, kNothing, kNothing},
    {"is_pinned", "self: Tensor -> bool", R"doc(False.)doc", Kind::kPlain, kMethod | kOwnFace,
     nullptr, kNothing, kNothing},
    {"is_complex", "self: Tensor -> bool", R"doc(False.)doc", Kind::kPlain, kMethod | kOwnFace,
     nullptr, kNothing, kNothing},
    {"get_device", "self: Tensor -> int", R"doc(-1, as for every tensor on the CPU.)doc",
     Kind::kPlain, kMethod | kOwnFace, nullptr, kNothing, kNothing},
    {"copy_", "self: Tensor!, src: Operand",
     R"doc(Writes another tensor, broadcast and cast, into this one.)doc", Kind::kPlain,
     kMethod | kOwnFace, nullptr, kNothing, kNothing},
    {"fill_", "self: Tensor!, value: Operand", R"doc(Writes one number into every element.)doc",
     Kind::kPlain, kMethod | kOwnFace, nullptr, kNothing, kNothing},
    {"zero_", "self: Tensor!", R"doc(Writes zero into every element.)doc", Kind::kPlain,
     kMethod | kOwnFace, nullptr, kNothing, kNothing},
    {"retain_grad", "self: Tensor -> None",
     R"doc(Asks backward passes to keep the gradient of this non-leaf tensor in its .grad.)doc",
     Kind::kPlain, kMethod | kOwnFace, nullptr, kNothing, kNothing},
    {"requires_grad_", "self: Tensor!, requires_grad: bool = True",
     R"doc(Says whether ops on this leaf are recorded; returns the tensor itself.)doc",
     Kind::kPlain, kMethod | kOwnFace, nullptr, kNothing, kNothing},
    {"detach", "self: Tensor",
     R"doc(A tensor on the same memory, without history: no gradient flows through it.)doc",
     Kind::kPlain, kMethod | kOwnFace, nullptr, kNothing, kNothing},
    {"detach_", "self: Tensor!",
     R"doc(Forgets this tensor's history; returns the tensor itself.)doc", Kind::kPlain,
     kMethod | kOwnFace, nullptr, kNothing, kNothing},
    {"_is_view", "self: Tensor -> bool", R"doc(Whether the tensor shows the memory of another.)doc",
     Kind::kPlain, kMethod | kOwnFace, nullptr, kNothing, kNothing},
};

const Rows rows(kRows);

}  // namespace

std::string own_face_doc(const char* name) {
  const Function* row = nullptr;
  int count = 0;
  for (const Function& f : kRows) {
    if (std::string_view(f.name) != name) continue;
    row = &f;
    ++count;
  }
  if (!row) fail(ErrorKind::kRuntime, "op table: no row describes the method ", name);
  if (count > 1) return row->doc;  // overloads have no one signature
  std::string head = cat(name, "($self");
  const Signature signature(name, row->signature);
  for (size_t i = 1; i < signature.parameters.size(); ++i) {
    const Parameter& p = signature.parameters[i];
    head += cat(", ", p.name, p.has_default ? "=" : "", p.default_text);
  }
  return cat(head, ")\n--\n\n", row->doc);
}

}  // namespace pyad::bind
