// The one exception type of the engine, and the helpers that word it.
//
// Every failure a user can cause is an `Error` with the kind of Python exception it becomes; bind
// translates it in one place. Wording: `op: what clashed, with shapes or dtypes; what to do`.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace pyad {

enum class ErrorKind : uint8_t {
  kValue,           // ValueError
  kType,            // TypeError
  kIndex,           // IndexError
  kRuntime,         // RuntimeError
  kRange,           // RangeError: a RuntimeError (PyTorch's choice) and an OverflowError
  kShape,           // ShapeError: both a RuntimeError (PyTorch's choice) and a ValueError (NumPy's)
  kMemory,          // MemoryError
  kNotImplemented,  // NotImplementedError
  kNoKernel,        // TypeError: a dtype that is stored only reached what computes
  kBatched,         // RuntimeError: values were asked of a batched handle
  kInterrupted,     // the host asked to stop (KeyboardInterrupt); its own error is already set
  kHost,            // an exception of the host (Python) is already set and must pass through
};

class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string text) : kind_(kind), text_(std::move(text)) {}
  const char* what() const noexcept override { return text_.c_str(); }
  ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
  std::string text_;
};

inline void append_text(std::string& s, std::string_view v) { s += v; }
inline void append_text(std::string& s, const char* v) { s += v; }
inline void append_text(std::string& s, char v) { s += v; }
inline void append_text(std::string& s, bool v) { s += v ? "True" : "False"; }
template <class I>
  requires std::is_integral_v<I>
void append_text(std::string& s, I v) {
  s += std::to_string(v);
}
void append_text(std::string& s, double v);

/// A part of a message: a text, a number, `Dims`, `DType` ..., and how it is written.
struct MessagePart {
  const void* value;
  void (*append)(std::string&, const void*);
};

/// `what` as a part. Texts between quotes share one type, whatever their length: some hundred messages
/// would else be a function each.
template <class P>
MessagePart message_part(const P& what) {
  if constexpr (std::is_array_v<P>) {
    return {what, [](std::string& s, const void* v) { s += static_cast<const char*>(v); }};
  } else {
    return {&what,
            [](std::string& s, const void* v) { append_text(s, *static_cast<const P*>(v)); }};
  }
}

std::string joined(const MessagePart* parts, int count);
[[noreturn]] void fail_with(ErrorKind kind, const MessagePart* parts, int count);

/// Joins the parts into one string.
template <class... P>
std::string cat(const P&... parts) {
  MessagePart all[] = {message_part(parts)...};
  return joined(all, sizeof...(P));
}

template <class... P>
[[noreturn]] [[gnu::cold]] [[gnu::noinline]] void fail(ErrorKind kind, const P&... parts) {
  MessagePart all[] = {message_part(parts)...};
  fail_with(kind, all, sizeof...(P));
}

}  // namespace pyad
