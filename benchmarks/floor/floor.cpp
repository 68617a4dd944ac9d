// The floor: training steps of a multilayer perceptron as one would write them by hand in C++.
//
// It has no graph, no dispatch and no allocation: what is left is arithmetic and OpenBLAS, the same
// library that pyad calls. Separate from the engine on purpose: it shares no code with it, so that
// it bounds the engine from below and checks its answers too.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "cblas.h"

// With this declaration GCC vectorises expf through libmvec: what a compiler gives by itself.
#if defined(__GLIBC__) && defined(__x86_64__)
extern "C" __attribute__((simd("notinbranch"))) float expf(float) noexcept;
#endif

namespace {

enum class Loss : int { kMse = 0, kCrossEntropy = 1 };
enum class Optimizer : int { kSgd = 0, kAdam = 1 };

constexpr float kBeta1 = 0.9f;
constexpr float kBeta2 = 0.999f;
constexpr float kEpsilon = 1e-8f;

// Below this many multiply-adds, plain loops beat the call of a library.
constexpr std::int64_t kTinyProduct = 2048;
// Above this many parameters, a second thread for the update is worth its start.
constexpr std::size_t kThreadedUpdate = 100'000;

int thread_count = 1;

// z(m, n) = h(m, k) w(k, n) + b, the bias repeated in every row.
void affine(int m, int n, int k, const float* h, const float* w, const float* b, float* z) {
  for (int i = 0; i < m; ++i) std::copy(b, b + n, z + std::size_t(i) * n);
  if (std::int64_t(m) * n * k <= kTinyProduct) {
    for (int i = 0; i < m; ++i)
      for (int p = 0; p < k; ++p)
        for (int j = 0; j < n; ++j) z[i * n + j] += h[i * k + p] * w[p * n + j];
    return;
  }
  scipy_cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1.0f, h, k, w, n, 1.0f, z,
                    n);
}

// dh(m, k) = dz(m, n) w(k, n)^T.
void input_gradient(int m, int n, int k, const float* dz, const float* w, float* dh) {
  if (std::int64_t(m) * n * k <= kTinyProduct) {
    for (int i = 0; i < m; ++i)
      for (int p = 0; p < k; ++p) {
        float sum = 0.0f;
        for (int j = 0; j < n; ++j) sum += dz[i * n + j] * w[p * n + j];
        dh[i * k + p] = sum;
      }
    return;
  }
  scipy_cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, k, n, 1.0f, dz, n, w, n, 0.0f, dh,
                    k);
}

// c(k, n) = beta c + alpha h(m, k)^T dz(m, n). With alpha = -rate and beta = 1 it is SGD's update.
void weight_gradient(int m, int n, int k, float alpha, const float* h, const float* dz, float beta,
                     float* c) {
  if (std::int64_t(m) * n * k <= kTinyProduct) {
    if (beta == 0.0f) std::fill(c, c + std::size_t(k) * n, 0.0f);
    for (int i = 0; i < m; ++i)
      for (int p = 0; p < k; ++p)
        for (int j = 0; j < n; ++j) c[p * n + j] += alpha * h[i * k + p] * dz[i * n + j];
    return;
  }
  scipy_cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, k, n, m, alpha, h, k, dz, n, beta, c,
                    n);
}

void adam_range(float* p, const float* g, float* m, float* v, std::size_t first, std::size_t last,
                float rate, float correction2) {
  for (std::size_t i = first; i < last; ++i) {
    m[i] = kBeta1 * m[i] + (1.0f - kBeta1) * g[i];
    v[i] = kBeta2 * v[i] + (1.0f - kBeta2) * g[i] * g[i];
    p[i] -= rate * m[i] / (std::sqrt(v[i]) * correction2 + kEpsilon);
  }
}

class Perceptron {
 public:
  Perceptron(int layers, const int* sizes, int batch, Loss loss, Optimizer optimizer, float rate,
             const float* x, const float* target, const std::int64_t* label)
      : sizes_(sizes, sizes + layers + 1),
        batch_(batch),
        loss_(loss),
        optimizer_(optimizer),
        rate_(rate) {
    hidden_.emplace_back(x, x + std::size_t(batch) * sizes_[0]);
    std::size_t total = 0;
    int widest = 0;
    for (int l = 0; l < layers; ++l) {
      offset_.push_back(total);
      total += std::size_t(sizes_[l] + 1) * sizes_[l + 1];
      hidden_.emplace_back(std::size_t(batch) * sizes_[l + 1]);
      widest = std::max({widest, sizes_[l], sizes_[l + 1]});
    }
    parameters_.resize(total);
    if (optimizer == Optimizer::kAdam) {
      gradient_.resize(total);
      first_.resize(total);
      second_.resize(total);
    }
    dz_.resize(std::size_t(batch) * widest);
    dh_.resize(std::size_t(batch) * widest);
    if (target != nullptr) target_.assign(target, target + std::size_t(batch) * sizes_.back());
    if (label != nullptr) label_.assign(label, label + batch);
  }

  std::vector<float>& parameters() { return parameters_; }

  float step() {
    const int layers = int(offset_.size());
    for (int l = 0; l < layers; ++l) {
      const float* w = weight(l);
      std::vector<float>& z = hidden_[l + 1];
      affine(batch_, sizes_[l + 1], sizes_[l], hidden_[l].data(), w, bias(l), z.data());
      if (l + 1 < layers)
        for (float& value : z) value = value > 0.0f ? value : 0.0f;
    }
    const float loss = loss_ == Loss::kMse ? mse() : cross_entropy();
    ++turn_;
    for (int l = layers - 1; l >= 0; --l) {
      const int k = sizes_[l];
      const int n = sizes_[l + 1];
      const float* h = hidden_[l].data();
      if (l > 0) {
        input_gradient(batch_, n, k, dz_.data(), weight(l), dh_.data());
        for (std::size_t i = 0; i < hidden_[l].size(); ++i) dh_[i] = h[i] > 0.0f ? dh_[i] : 0.0f;
      }
      // SGD needs no gradient in memory: the product is subtracted from the weights at once.
      const bool sgd = optimizer_ == Optimizer::kSgd;
      float* into = sgd ? parameters_.data() + offset_[l] : gradient_.data() + offset_[l];
      const float alpha = sgd ? -rate_ : 1.0f;
      weight_gradient(batch_, n, k, alpha, h, dz_.data(), sgd ? 1.0f : 0.0f, into);
      float* into_bias = into + std::size_t(k) * n;
      if (!sgd) std::fill(into_bias, into_bias + n, 0.0f);
      for (int i = 0; i < batch_; ++i)
        for (int j = 0; j < n; ++j) into_bias[j] += alpha * dz_[std::size_t(i) * n + j];
      std::swap(dz_, dh_);
    }
    if (optimizer_ == Optimizer::kAdam) adam();
    return loss;
  }

 private:
  float* weight(int l) { return parameters_.data() + offset_[l]; }
  float* bias(int l) { return weight(l) + std::size_t(sizes_[l]) * sizes_[l + 1]; }

  float mse() {
    const std::vector<float>& z = hidden_.back();
    const float scale = 1.0f / float(z.size());
    float sum = 0.0f;
    for (std::size_t i = 0; i < z.size(); ++i) {
      const float difference = z[i] - target_[i];
      sum += difference * difference;
      dz_[i] = 2.0f * scale * difference;
    }
    return sum * scale;
  }

  float cross_entropy() {
    const int n = sizes_.back();
    const float scale = 1.0f / float(batch_);
    float total = 0.0f;
    for (int i = 0; i < batch_; ++i) {
      const float* z = hidden_.back().data() + std::size_t(i) * n;
      float* dz = dz_.data() + std::size_t(i) * n;
      const float top = *std::max_element(z, z + n);
      float sum = 0.0f;
      for (int j = 0; j < n; ++j) {
        dz[j] = expf(z[j] - top);
        sum += dz[j];
      }
      const float factor = scale / sum;
      for (int j = 0; j < n; ++j) dz[j] *= factor;
      dz[label_[i]] -= scale;
      total += std::log(sum) - (z[label_[i]] - top);
    }
    return total * scale;
  }

  void adam() {
    const float rate = rate_ / float(1.0 - std::pow(double(kBeta1), double(turn_)));
    const float correction2 = float(1.0 / std::sqrt(1.0 - std::pow(double(kBeta2), double(turn_))));
    const std::size_t total = parameters_.size();
    const auto range = [&](std::size_t first, std::size_t last) {
      adam_range(parameters_.data(), gradient_.data(), first_.data(), second_.data(), first, last,
                 rate, correction2);
    };
    if (thread_count < 2 || total < kThreadedUpdate) return range(0, total);
    std::thread helper(range, total / 2, total);
    range(0, total / 2);
    helper.join();
  }

  std::vector<int> sizes_;
  int batch_;
  Loss loss_;
  Optimizer optimizer_;
  float rate_;
  std::int64_t turn_ = 0;
  std::vector<std::size_t> offset_;
  std::vector<std::vector<float>> hidden_;
  std::vector<float> parameters_, gradient_, first_, second_, dz_, dh_, target_;
  std::vector<std::int64_t> label_;
};

}  // namespace

extern "C" {

void floor_set_threads(int threads) {
  thread_count = threads;
  scipy_openblas_set_num_threads(threads);
}

void* floor_new(int layers, const int* sizes, int batch, int loss, int optimizer, float rate,
                const float* x, const float* target, const std::int64_t* label) {
  return new Perceptron(layers, sizes, batch, Loss(loss), Optimizer(optimizer), rate, x, target,
                        label);
}

void floor_free(void* self) { delete static_cast<Perceptron*>(self); }

// All weights (in, out) and biases, layer after layer.
float* floor_parameters(void* self) { return static_cast<Perceptron*>(self)->parameters().data(); }

float floor_steps(void* self, std::int64_t count) {
  float loss = 0.0f;
  for (std::int64_t i = 0; i < count; ++i) loss = static_cast<Perceptron*>(self)->step();
  return loss;
}

}  // extern "C"
