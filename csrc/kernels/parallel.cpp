// The thread pool behind `parallel_for`. Bodies must not throw and must not touch reference counts.
#include "kernels/parallel.hpp"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

namespace pyad {

namespace {

int initial_threads() {
  for (const char* name : {"PYAD_NUM_THREADS", "OMP_NUM_THREADS"}) {
    if (const char* v = std::getenv(name)) {
      int n = std::atoi(v);
      if (n > 0) return n;
    }
  }
  return std::max(1u, std::thread::hardware_concurrency());
}

int g_threads = initial_threads();

struct Job {
  void (*body)(void*, int64_t, int64_t);
  void* context;
  int64_t n, step;
  int next = 1;  // the next part to take; part 0 belongs to the caller
  int parts = 0;
  int running = 0;  // parts taken by workers and not finished
};

class Pool {
 public:
  void run(Job job, int threads) {
    std::unique_lock busy(busy_, std::try_to_lock);
    if (!busy || t_inside) {  // nested, or another thread uses the pool: do it alone
      job.body(job.context, 0, job.n);
      return;
    }
    t_inside = true;
    {
      std::lock_guard hold(lock_);
      while (static_cast<int>(workers_.size()) < threads - 1)
        workers_.emplace_back([this] { work(); });
      job_ = job;
    }
    wake_.notify_all();
    job.body(job.context, 0, std::min(job.n, job.step));
    std::unique_lock hold(lock_);
    while (take(hold)) {
    }
    done_.wait(hold, [&] { return job_.running == 0; });
    job_.parts = 0;
    t_inside = false;
  }
  /// After fork only the forking thread exists: forget the workers without joining them.
  void forget() { new (this) Pool; }
  ~Pool() = default;

 private:
  bool take(std::unique_lock<std::mutex>& hold) {
    if (job_.next >= job_.parts) return false;
    int64_t begin = job_.next++ * job_.step;
    int64_t end = std::min(job_.n, begin + job_.step);
    Job job = job_;
    ++job_.running;
    hold.unlock();
    if (begin < end) job.body(job.context, begin, end);
    hold.lock();
    if (--job_.running == 0) done_.notify_one();
    return true;
  }
  void work() {
    t_inside = true;
    std::unique_lock hold(lock_);
    for (;;) {
      wake_.wait(hold, [&] { return job_.next < job_.parts; });
      while (take(hold)) {
      }
    }
  }

  static thread_local bool t_inside;
  std::mutex busy_, lock_;
  std::condition_variable wake_, done_;
  std::vector<std::thread> workers_;
  Job job_{};
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

namespace detail {
void run_parallel(int64_t n, int64_t align, int parts, void (*body)(void*, int64_t, int64_t),
                  void* context) {
  int64_t step = (n + parts - 1) / parts;
  step = (step + align - 1) / align * align;
  Job job{body, context, n, step, 1, static_cast<int>((n + step - 1) / step), 0};
  pool().run(job, parts);
}
}  // namespace detail

}  // namespace pyad
