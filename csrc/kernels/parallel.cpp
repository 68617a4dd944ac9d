// The thread pool behind `parallel_for`. Bodies must not touch reference counts.
#include "kernels/parallel.hpp"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "kernels/cpus.hpp"

namespace pyad {

int64_t detail::largest_grain = INT64_MAX;

namespace {

int initial_threads() {
  for (const char* name : {"PYAD_NUM_THREADS", "OMP_NUM_THREADS"}) {
    if (const char* v = std::getenv(name)) {
      int n = std::atoi(v);
      if (n > 0) return n;
    }
  }
  return usable_cpus();
}

int g_threads = initial_threads();

constexpr int kPartsPerThread = 4;

/// About so long a thread looks for work, or for the end of it, before it sleeps: waking a sleeping
/// thread costs several times as much as many a kernel.
constexpr auto kLinger = std::chrono::microseconds(40);

inline void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

/// Whether `done()` comes true within `kLinger`.
template <class F>
bool soon(F&& done) {
  auto end = std::chrono::steady_clock::now() + kLinger;
  for (;;) {
    for (int i = 0; i < 32; ++i) {
      if (done()) return true;
      pause();
    }
    if (std::chrono::steady_clock::now() >= end) return false;
  }
}

struct Job {
  void (*body)(void*, int64_t, int64_t);
  void* context;
  int64_t n, step, parts;
};

// The caller and the workers take parts until none is left; a worker that wakes late finds less to
// do, and nobody waits for it.
class Pool {
 public:
  void run(const Job& job, int threads) {
    std::unique_lock busy(busy_, std::try_to_lock);
    if (!busy || t_inside) {  // nested, or another thread uses the pool: do it alone
      for (int64_t i = 0; i < job.parts; ++i) {
        job.body(job.context, i * job.step, std::min(job.n, (i + 1) * job.step));
        poll_kernel();
      }
      return;
    }
    t_inside = true;
    {
      std::lock_guard hold(lock_);
      while (static_cast<int>(workers_.size()) < threads - 1)
        workers_.emplace_back([this] { work(); });
      job_ = job;
      next_ = 0;
      failing_.store(false, std::memory_order_relaxed);
      helpers_ = threads - 1;
      posted_.fetch_add(1, std::memory_order_release);
    }
    if (sleeping_.load(std::memory_order_seq_cst) > 0) wake_.notify_all();
    std::unique_lock hold(lock_);
    while (take(hold, true)) {
    }
    helpers_ = 0;
    if (running_.load(std::memory_order_relaxed) > 0) {
      hold.unlock();
      bool finished = soon([&] { return running_.load(std::memory_order_acquire) == 0; });
      hold.lock();
      if (!finished) done_.wait(hold, [&] { return running_.load() == 0; });
    }
    t_inside = false;
    if (failed_) {
      std::exception_ptr failed = std::exchange(failed_, nullptr);
      hold.unlock();
      std::rethrow_exception(failed);
    }
  }
  bool failing() const { return t_inside && failing_.load(std::memory_order_relaxed); }
  /// After fork only the forking thread exists: forget the workers without joining them.
  void forget() { new (this) Pool; }
  ~Pool() = default;

 private:
  bool take(std::unique_lock<std::mutex>& hold, bool caller) {
    if (next_ >= job_.parts) return false;
    int64_t begin = next_++ * job_.step;
    int64_t end = std::min(job_.n, begin + job_.step);
    Job job = job_;
    running_.fetch_add(1, std::memory_order_relaxed);
    hold.unlock();
    std::exception_ptr failed;
    try {
      job.body(job.context, begin, end);
      if (caller && job.parts > 1) poll_kernel();
    } catch (...) {
      failed = std::current_exception();
    }
    hold.lock();
    if (failed) [[unlikely]] {
      if (!failed_) failed_ = failed;
      failing_.store(true, std::memory_order_relaxed);
      next_ = job_.parts;  // nobody takes another
    }
    if (running_.fetch_sub(1, std::memory_order_release) == 1) done_.notify_one();
    return true;
  }
  void work() {
    t_inside = true;
    uint64_t seen = 0;
    for (;;) {
      auto more = [&] { return posted_.load(std::memory_order_acquire) != seen; };
      bool lingered = soon(more);
      std::unique_lock hold(lock_);
      if (!lingered) {
        sleeping_.fetch_add(1, std::memory_order_seq_cst);
        wake_.wait(hold, more);
        sleeping_.fetch_sub(1, std::memory_order_relaxed);
      }
      seen = posted_.load(std::memory_order_relaxed);
      if (helpers_ <= 0) continue;  // there are more workers than this job asked for
      --helpers_;
      while (take(hold, false)) {
      }
    }
  }

  static thread_local bool t_inside;
  std::mutex busy_, lock_;
  std::condition_variable wake_, done_;
  std::vector<std::thread> workers_;
  std::atomic<uint64_t> posted_{0};
  std::atomic<int> sleeping_{0}, running_{0};
  std::atomic<bool> failing_{false};
  // Under lock_.
  Job job_{};
  int64_t next_ = 0;
  int helpers_ = 0;  // workers that may still join the job
  std::exception_ptr failed_;
};
thread_local bool Pool::t_inside = false;

// Never destroyed: its workers sleep until the process ends.
Pool& pool() {
  static Pool* p = [] {
    auto* made = new Pool;
    pthread_atfork(nullptr, nullptr, [] { pool().forget(); });
    return made;
  }();
  return *p;
}

}  // namespace

int num_threads() { return g_threads; }
void set_num_threads(int n) { g_threads = std::max(1, n); }

void poll_part() {
  if (pool().failing()) throw_interrupted();
  poll_kernel();
}

namespace detail {
void run_parallel(int64_t n, int64_t align, int64_t most_parts, int threads,
                  void (*body)(void*, int64_t, int64_t), void* context) {
  int64_t parts = std::min<int64_t>(most_parts, int64_t{threads} * kPartsPerThread);
  parts = std::max(parts, most_parts / kLongPart);
  int64_t step = (n + parts - 1) / parts;
  step = (step + align - 1) / align * align;
  pool().run({body, context, n, step, (n + step - 1) / step}, threads);
}
}  // namespace detail

}  // namespace pyad
