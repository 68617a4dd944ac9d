// What is derived from the fields of attributes: numbers and back, comparison, hash, text. See Note
// [Attributes].
#include "ops/attributes.hpp"

#include <mutex>
#include <set>

namespace pyad {

namespace {

/// The same text for as long as the process lives.
const char* kept_text(const std::string& text) {
  static std::mutex lock;
  static std::set<std::string> all;
  std::lock_guard hold(lock);
  return all.insert(text).first->c_str();
}

using Is = Fields::Is;

template <class T>
uint64_t bits_at(const void* at) {
  return static_cast<uint64_t>(*static_cast<const T*>(at));
}

class NumbersOut final : public Fields {
 public:
  std::vector<uint64_t> out;

  void number(void* at, Is is) override {
    switch (is) {
      case Is::kBool:
      case Is::kUnsigned8:
      case Is::kDType:
        out.push_back(bits_at<uint8_t>(at));
        break;
      case Is::kInt32:
        out.push_back(bits_at<int32_t>(at));
        break;
      case Is::kInt64:
        out.push_back(bits_at<int64_t>(at));
        break;
      case Is::kFloat:
        out.push_back(std::bit_cast<uint64_t>(double{*static_cast<const float*>(at)}));
        break;
      case Is::kDouble:
        out.push_back(std::bit_cast<uint64_t>(*static_cast<const double*>(at)));
        break;
    }
  }
  void dims(Dims& v) override {
    out.push_back(static_cast<uint64_t>(v.size()));
    for (int64_t d : v) out.push_back(static_cast<uint64_t>(d));
  }
  void text(const char*& v) override {
    const std::string_view all(v ? v : "");
    out.push_back(all.size());
    for (char c : all) out.push_back(static_cast<unsigned char>(c));
  }
  size_t open(size_t n) override {
    out.push_back(n);
    return n;
  }
};

class NumbersIn final : public Fields {
 public:
  explicit NumbersIn(std::span<const uint64_t> in) : in_(in) {}
  bool done() const { return in_.empty(); }

  void number(void* at, Is is) override {
    const uint64_t v = next();
    switch (is) {
      case Is::kBool:
        *static_cast<bool*>(at) = v != 0;
        break;
      case Is::kDType:
        if (v >= kNumDTypes) refuse();
        [[fallthrough]];
      case Is::kUnsigned8:
        *static_cast<uint8_t*>(at) = static_cast<uint8_t>(v);
        break;
      case Is::kInt32:
        *static_cast<int32_t*>(at) = static_cast<int32_t>(v);
        break;
      case Is::kInt64:
        *static_cast<int64_t*>(at) = static_cast<int64_t>(v);
        break;
      case Is::kFloat:
        *static_cast<float*>(at) = static_cast<float>(std::bit_cast<double>(v));
        break;
      case Is::kDouble:
        *static_cast<double*>(at) = std::bit_cast<double>(v);
        break;
    }
  }
  void dims(Dims& v) override {
    v.resize(0);
    for (uint64_t n = length(); n > 0; --n) v.push_back(static_cast<int64_t>(next()));
  }
  void text(const char*& v) override {
    std::string all;
    for (uint64_t n = length(); n > 0; --n) all += static_cast<char>(next());
    v = kept_text(all);
  }
  size_t open(size_t) override { return length(); }
  bool writes() const override { return true; }

 private:
  [[noreturn]] static void refuse() {
    fail(ErrorKind::kValue, "attributes: these numbers are not of attributes of this op");
  }
  uint64_t next() {
    if (in_.empty()) refuse();
    const uint64_t v = in_.front();
    in_ = in_.subspan(1);
    return v;
  }
  size_t length() {
    const uint64_t n = next();
    if (n > in_.size()) refuse();
    return static_cast<size_t>(n);
  }
  std::span<const uint64_t> in_;
};

class TextOut final : public Fields {
 public:
  std::string out;

  void number(void* at, Is is) override {
    comma();
    switch (is) {
      case Is::kBool:
        append_text(out, *static_cast<const bool*>(at));
        break;
      case Is::kUnsigned8:
        append_text(out, int{*static_cast<const uint8_t*>(at)});
        break;
      case Is::kDType:
        append_text(out, *static_cast<const DType*>(at));
        break;
      case Is::kInt32:
        append_text(out, *static_cast<const int32_t*>(at));
        break;
      case Is::kInt64:
        append_text(out, *static_cast<const int64_t*>(at));
        break;
      case Is::kFloat:
        append_text(out, double{*static_cast<const float*>(at)});
        break;
      case Is::kDouble:
        append_text(out, *static_cast<const double*>(at));
        break;
    }
  }
  void dims(Dims& v) override {
    comma();
    append_text(out, v);
  }
  void text(const char*& v) override {
    comma();
    append_text(out, v ? v : "");
  }
  size_t open(size_t n) override {
    comma();
    out += '(';
    first_ = true;
    return n;
  }
  void close() override {
    out += ')';
    first_ = false;
  }

 private:
  void comma() {
    if (!std::exchange(first_, false)) out += ", ";
  }
  bool first_ = true;
};

}  // namespace

KeptAttr::KeptAttr(const AttrInfo& info, const void* attr) : info_(info) {
  if (!info.size) return;
  bytes_ = std::make_unique<std::max_align_t[]>((info.size - 1) / sizeof(std::max_align_t) + 1);
  info.copy_to(bytes_.get(), attr);
}

KeptAttr KeptAttr::from(const AttrInfo& info, std::span<const uint64_t> numbers) {
  if (info.size && !info.make)
    fail(ErrorKind::kValue, "attributes: those of this call have no serial form");
  KeptAttr kept;
  NumbersIn in(numbers);
  if (info.size) {
    kept.bytes_ =
        std::make_unique<std::max_align_t[]>((info.size - 1) / sizeof(std::max_align_t) + 1);
    info.make(kept.bytes_.get());
    kept.info_ = info;
    info.visit(kept.bytes_.get(), in);
  }
  if (!in.done()) fail(ErrorKind::kValue, "attributes: more numbers than this op has");
  return kept;
}

KeptAttr::~KeptAttr() {
  if (bytes_ && info_.destroy) info_.destroy(bytes_.get());
}

std::vector<uint64_t> KeptAttr::numbers() const {
  NumbersOut use;
  if (info_.visit) info_.visit(bytes_.get(), use);
  return std::move(use.out);
}

void KeptAttr::visit(Fields& use) {
  if (info_.visit) info_.visit(bytes_.get(), use);
}

bool KeptAttr::operator==(const KeptAttr& o) const {
  return info_.visit == o.info_.visit && numbers() == o.numbers();
}

size_t KeptAttr::hash() const {
  size_t h = 1469598103934665603u;
  for (uint64_t v : numbers()) h = (h ^ v) * 1099511628211u;
  return h;
}

std::string KeptAttr::text() const {
  TextOut use;
  if (info_.visit) info_.visit(bytes_.get(), use);
  return std::move(use.out);
}

}  // namespace pyad
