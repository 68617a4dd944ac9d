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
#include <system_error>
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
// do, and nobody waits for it. Each thread has a region of its own, runs through it in order and
// then helps in the others': memory is read and written in as few streams as there are threads.
//
// A worker that is on its caller's processor takes parts while the caller does not run, and a second
// processor idles: the system notices after milliseconds, a kernel is over in a tenth of one. So the
// caller says where it is, and a worker that finds itself there moves.
//
// Between parts the caller asks its host for signals, whose handler may fork. The child has no
// workers, so they put down their work before: then the parts left are those that nobody took, and
// parent and child each go on with them.
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
    {
      std::lock_guard hold(lock_);
      job_ = job;
      threads = employ(threads);
      divide(threads);
      t_inside = true;
      failing_.store(false, std::memory_order_relaxed);
      helpers_ = threads - 1;
      caller_cpu_ = this_cpu();
      posted_.fetch_add(1, std::memory_order_release);
    }
    if (sleeping_.load(std::memory_order_seq_cst) > 0) wake_.notify_all();
    t_caller = true;
    take_parts(0, true);
    t_caller = false;
    std::unique_lock hold(lock_);
    helpers_ = 0;
    if (running_.load(std::memory_order_acquire) > 0) {
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
  void before_fork() {
    if (t_caller) {
      paused_.store(true, std::memory_order_relaxed);
      std::unique_lock hold(lock_);
      helpers_ = 0;
      while (running_.load(std::memory_order_acquire) > 0)
        done_.wait_for(hold, std::chrono::milliseconds(1));
    }
    lock_.lock();
  }
  void after_fork() {
    paused_.store(false, std::memory_order_relaxed);
    lock_.unlock();
  }
  /// In the child only the forking thread exists: forget the workers without joining them, but for
  /// what this thread itself is running.
  void forget() {
    lock_.unlock();
    if (!t_caller) {
      new (this) Pool;
      return;
    }
    paused_.store(false, std::memory_order_relaxed);
    new (&workers_) std::vector<std::thread>;
    new (&wake_) std::condition_variable;
    new (&done_) std::condition_variable;
    sleeping_.store(0, std::memory_order_relaxed);
  }
  ~Pool() = default;

 private:
  struct alignas(64) Region {
    std::atomic<int64_t> next{0};
    int64_t end = 0;
  };

  /// As many threads as there can be, up to `threads`: where the system gives no more, these do.
  int employ(int threads) {
    try {
      while (static_cast<int>(workers_.size()) < threads - 1)
        workers_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
    }
    return std::min(threads, static_cast<int>(workers_.size()) + 1);
  }
  /// Nobody runs then, so the regions may move.
  void divide(int threads) {
    if (regions_.size() != static_cast<size_t>(threads)) regions_ = std::vector<Region>(threads);
    for (int i = 0; i < threads; ++i) {
      regions_[i].next.store(job_.parts * i / threads, std::memory_order_relaxed);
      regions_[i].end = job_.parts * (i + 1) / threads;
    }
  }
  /// `job_` and the regions stay as they are while anybody is in here.
  void take_parts(size_t first, bool caller) {
    const size_t count = regions_.size();
    for (size_t k = 0; k < count; ++k) {
      Region& region = regions_[(first + k) % count];
      while (!failing_.load(std::memory_order_relaxed) &&
             (caller || !paused_.load(std::memory_order_relaxed))) {
        const int64_t part = region.next.fetch_add(1, std::memory_order_relaxed);
        if (part >= region.end) break;
        try {
          job_.body(job_.context, part * job_.step, std::min(job_.n, (part + 1) * job_.step));
          if (caller && job_.parts > 1) poll_kernel();
        } catch (...) {
          std::lock_guard hold(lock_);
          if (!failed_) failed_ = std::current_exception();
          failing_.store(true, std::memory_order_relaxed);  // nobody takes another
        }
      }
    }
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
      if (helpers_ <= 0) continue;  // over, or there are more workers than it asked for
      if (const int here = this_cpu(); here >= 0 && here == caller_cpu_) {
        hold.unlock();
        leave_this_cpu();
        hold.lock();
        if (posted_.load(std::memory_order_relaxed) != seen || helpers_ <= 0) continue;
      }
      const size_t region = regions_.size() - helpers_--;
      running_.fetch_add(1, std::memory_order_relaxed);
      hold.unlock();
      take_parts(region, false);
      hold.lock();
      if (running_.fetch_sub(1, std::memory_order_release) == 1) done_.notify_one();
    }
  }

  static thread_local bool t_inside;  // a part, or what a part calls
  static thread_local bool t_caller;  // of a job
  std::mutex busy_, lock_;
  std::condition_variable wake_, done_;
  std::vector<std::thread> workers_;
  std::atomic<uint64_t> posted_{0};
  std::atomic<int> sleeping_{0}, running_{0};
  std::atomic<bool> failing_{false}, paused_{false};
  // Written under lock_, and only while nobody runs.
  Job job_{};
  std::vector<Region> regions_;
  // Under lock_.
  int helpers_ = 0;  // workers that may still join the job
  int caller_cpu_ = -1;
  std::exception_ptr failed_;
};
thread_local bool Pool::t_inside = false;
thread_local bool Pool::t_caller = false;

// Never destroyed: its workers sleep until the process ends.
Pool& pool() {
  static Pool* p = [] {
    auto* made = new Pool;
    pthread_atfork([] { pool().before_fork(); }, [] { pool().after_fork(); },
                   [] { pool().forget(); });
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
