// Snapshots on another thread while the store changes: what ThreadSanitizer is to see, therefore
// among the tests with the label `net`.
#include "capture/store/memory_store.hpp"
#include "tests/contract/make_mail.hpp"

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

namespace mailrig::store {
namespace {

// One snapshot at a time goes from the store's thread to the reader's; it is let go of there.
class hand_over {
 public:
  void give(std::optional<snapshot> next) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !is_full_; });
    next_ = std::move(next);
    is_full_ = true;
    changed_.notify_one();
  }
  std::optional<snapshot> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_full_; });
    is_full_ = false;
    changed_.notify_one();
    return std::exchange(next_, std::nullopt);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<snapshot> next_;
  bool is_full_ = false;
};

TEST(SnapshotThreads, AReaderSeesItsSnapshotWholeWhileTheStoreChanges) {
  hand_over between;
  std::size_t wrong = 0;
  std::thread reader([&] {
    while (const auto taken = between.take()) {
      std::size_t found = 0;
      for (message_uid uid = taken->begin_uid(); uid < taken->end_uid(); ++uid) {
        const entry* each = taken->find(uid);
        if (each != nullptr && each->mail->id().low == uid && (!each->row || *each->row == "{}"))
          ++found;
      }
      if (found != taken->size()) ++wrong;
    }
  });
  memory_store kept;
  for (std::uint64_t n = 1; n <= 3000; ++n) {
    kept.put(contract::make_mail(n), [](std::optional<put_result>) {});
    if (n % 3 == 0) (void)kept.remove(n / 2);
    if (n % 5 == 0) kept.set_row(n, std::make_shared<const std::string>("{}"));
    if (n % 7 == 0) (void)kept.remove_oldest();
    if (n % 10 == 0) between.give(kept.take_snapshot());
  }
  between.give(std::nullopt);
  reader.join();
  EXPECT_EQ(wrong, 0U);
}

}  // namespace
}  // namespace mailrig::store
