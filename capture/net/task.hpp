// The coroutines of a mail connection: `task` is awaited by another one, `detached` runs on its
// own.
//
// Nothing here knows a loop or a thread: who resumes a suspended coroutine is the poller's affair.
// A frame costs one allocation; awaiting a task costs no more than calling it.
#pragma once

#include <coroutine>
#include <exception>
#include <utility>

namespace mailrig::net {

// Runs when it is awaited, and then to its end before the one that awaits goes on.
class [[nodiscard]] task {
 public:
  struct promise_type {
    std::coroutine_handle<> awaiting = std::noop_coroutine();
    std::exception_ptr error;

    task get_return_object() {
      return task(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    auto final_suspend() noexcept {
      struct resume_awaiting {
        bool await_ready() noexcept { return false; }
        std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> ended) noexcept {
          return ended.promise().awaiting;
        }
        void await_resume() noexcept {}
      };
      return resume_awaiting{};
    }
    void return_void() {}
    void unhandled_exception() { error = std::current_exception(); }
  };

  task(task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  task& operator=(task&&) = delete;
  ~task() {
    if (frame_) frame_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) noexcept {
    frame_.promise().awaiting = awaiting;
    return frame_;
  }
  void await_resume() {
    if (frame_.promise().error) std::rethrow_exception(frame_.promise().error);
  }

 private:
  explicit task(std::coroutine_handle<promise_type> frame) : frame_(frame) {}

  std::coroutine_handle<promise_type> frame_;
};

// Starts at once and destroys itself at its end; until then its handle may be used to destroy it
// where it is suspended. It must not end by an exception.
struct detached {
  struct promise_type {
    detached get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };

  std::coroutine_handle<> frame;
};

}  // namespace mailrig::net
