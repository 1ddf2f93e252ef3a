// One thread at nice 10 for work that would keep the I/O thread busy: parsing mails, writing large
// answers.
//
// Owned by whoever wires the program. Work reads only what is immutable (mail_ref, snapshots,
// views) and answers a completion, which is posted back and runs on the I/O thread. The queue is
// bounded; the thread is made with the first work and ends with stop(), after the work at hand.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace mailrig::rig {

class worker_pool {
 public:
  using completion = std::function<void()>;
  using work = std::function<completion()>;
  // Makes a completion run on the I/O thread; called on the pool's thread.
  using post = std::function<void(completion)>;

  static constexpr std::size_t default_queue = 4096;

  explicit worker_pool(post to_io_thread, std::size_t most_queued = default_queue);
  ~worker_pool();
  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;

  // False if the queue is full or the pool has stopped: nothing will happen.
  [[nodiscard]] bool submit(work job);
  // Ends the thread once the work at hand is done; what is queued is dropped and never completes.
  void stop();

 private:
  void run();

  post to_io_thread_;
  std::size_t most_queued_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<work> queue_;
  bool is_stopped_ = false;
  std::thread thread_;
};

}  // namespace mailrig::rig
