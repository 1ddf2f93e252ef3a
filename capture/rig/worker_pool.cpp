#include "capture/rig/worker_pool.hpp"

#include <sys/resource.h>
#include <utility>

namespace mailrig::rig {
namespace {

constexpr int nice_value = 10;

}  // namespace

worker_pool::worker_pool(post to_io_thread, std::size_t most_queued)
    : to_io_thread_(std::move(to_io_thread)), most_queued_(most_queued) {}

worker_pool::~worker_pool() {
  stop();
}

bool worker_pool::submit(work job) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopped_ || queue_.size() >= most_queued_) return false;
    queue_.push_back(std::move(job));
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  }
  changed_.notify_one();
  return true;
}

void worker_pool::stop() {
  std::deque<work> dropped;
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    dropped.swap(queue_);
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void worker_pool::run() {
  // On Linux this is the thread's own nice value. Without it all works as well, less politely.
  static_cast<void>(setpriority(PRIO_PROCESS, 0, nice_value));
  while (true) {
    work job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return is_stopped_ || !queue_.empty(); });
      if (is_stopped_) return;
      job = std::move(queue_.front());
      queue_.pop_front();
    }
    completion done = job();
    // The work is let go here, so that what it held is freed on this thread.
    job = nullptr;
    if (done) to_io_thread_(std::move(done));
  }
}

}  // namespace mailrig::rig
