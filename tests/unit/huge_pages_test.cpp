#include "capture/model/huge_pages.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

namespace mailrig::model {
namespace {

constexpr std::chrono::microseconds cheap{100};
constexpr std::chrono::milliseconds dear{4};

unsigned left_out(huge_page_trial& trial) {
  unsigned count = 0;
  while (!trial.is_due()) ++count;
  return count;
}

TEST(HugePageTrial, IsDueAsLongAsTheyComeCheap) {
  huge_page_trial trial;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(trial.is_due());
    trial.took(cheap);
  }
}

TEST(HugePageTrial, LeavesOutMoreAfterEachDearOne) {
  huge_page_trial trial;
  for (const unsigned expected : {1U, 8U, 64U, 64U}) {
    trial.took(dear);
    EXPECT_EQ(left_out(trial), expected);
  }
}

TEST(HugePageTrial, TrustsThemAgainStepByStep) {
  huge_page_trial trial;
  trial.took(dear);
  trial.took(dear);
  trial.took(dear);
  (void)left_out(trial);
  for (int i = 0; i < 3; ++i) trial.took(cheap);
  EXPECT_TRUE(trial.is_due());
  trial.took(dear);
  EXPECT_EQ(left_out(trial), 8U);
}

// Addresses of its own, in which a whole huge page lies.
class Region : public testing::Test {
 protected:
  Region()
      : all_(static_cast<char*>(::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))),
        page_(up_to_huge_page(all_)) {}
  ~Region() override { ::munmap(all_, size); }
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  static constexpr std::size_t size = 3 * huge_page_size;
  char* all_;
  char* page_;
};

TEST_F(Region, BeginsWhereAHugePageMay) {
  EXPECT_EQ(up_to_huge_page(page_), page_);
  EXPECT_EQ(up_to_huge_page(page_ + 1), page_ + huge_page_size);
  EXPECT_EQ(up_to_huge_page(page_ + huge_page_size - 1), page_ + huge_page_size);
}

TEST_F(Region, IsEmptyAndWritableOnceItWasMade) {
  make_huge_page(page_);
  EXPECT_TRUE(std::all_of(page_, page_ + huge_page_size, [](char octet) { return octet == 0; }));
  std::fill(page_, page_ + huge_page_size, 'x');
  EXPECT_EQ(std::count(page_, page_ + huge_page_size, 'x'), std::ptrdiff_t{huge_page_size});
}

TEST_F(Region, KeepsWhatWasWrittenBefore) {
  page_[5] = 'a';
  make_huge_page(page_);
  EXPECT_EQ(page_[5], 'a');
}

// Blocks as mails take them, far beyond what stays on small pages, with others between them.
TEST(HeapAhead, ChangesNoOctetOfTheHeap) {
  std::vector<std::string> others;
  std::vector<char*> blocks;
  constexpr std::size_t size = 10'700;
  for (std::size_t i = 0; i < 4'000; ++i) {
    char* const block = static_cast<char*>(std::malloc(size));
    ASSERT_NE(block, nullptr);
    keep_heap_ahead(block + size);
    std::fill(block, block + size, static_cast<char>('a' + i % 26));
    blocks.push_back(block);
    others.emplace_back(100 + i % 1000, static_cast<char>('A' + i % 26));
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const char expected = static_cast<char>('a' + i % 26);
    ASSERT_EQ(std::count(blocks[i], blocks[i] + size, expected), std::ptrdiff_t{size});
    ASSERT_EQ(others[i], std::string(100 + i % 1000, static_cast<char>('A' + i % 26)));
    std::free(blocks[i]);
  }
}

TEST(HeapAhead, DoesNotConcernItselfWithMemoryElsewhere) {
  char on_the_stack = 'x';
  keep_heap_ahead(&on_the_stack);
  EXPECT_EQ(on_the_stack, 'x');
}

}  // namespace
}  // namespace mailrig::model
