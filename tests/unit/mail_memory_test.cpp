#include "capture/model/mail_memory.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <new>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

namespace mailrig::model {
namespace {

constexpr std::size_t mebibyte = std::size_t{1024} * 1024;

// Writes up to `used` as a builder does: room first, then pages, then octets.
void fill(mail_memory& memory, std::size_t from, std::size_t used) {
  if (used > memory.capacity()) memory.grow(used, from);
  memory.make_ready(used);
  for (std::size_t at = from; at < used; at += 4096)
    std::memset(memory.data() + at, static_cast<int>('a' + at / 4096 % 26),
                std::min(used - at, std::size_t{4096}));
}

bool is_filled(const char* block, std::size_t used) {
  for (std::size_t at = 0; at < used; ++at) {
    if (block[at] != static_cast<char>('a' + at / 4096 % 26)) return false;
  }
  return true;
}

// Octets of addresses that the process uses, and of memory that it has.
std::size_t addresses_in_use() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

class MailMemory : public testing::TestWithParam<std::size_t> {};

TEST_P(MailMemory, KeepsItsOctetsWhileItGrowsAndWhenItIsLetGo) {
  const std::size_t size = GetParam();
  mail_memory memory;
  std::size_t used = 0;
  while (used < size) {
    const std::size_t next = std::min(size, used + 300 * 4096);
    fill(memory, used, next);
    used = next;
    ASSERT_GE(memory.capacity(), used);
  }
  const bool is_mapped = memory.is_mapped();
  char* const block = memory.let_go(size);
  EXPECT_EQ(memory.data(), nullptr);
  EXPECT_EQ(memory.capacity(), 0U);
  EXPECT_FALSE(memory.is_mapped());
  EXPECT_TRUE(is_filled(block, size));
  // Whoever read the mail last frees it.
  std::thread([=] { mail_memory::release(block, size, is_mapped); }).join();
}

INSTANTIATE_TEST_SUITE_P(Sizes, MailMemory,
                         testing::Values(1, 100, 300'000, mebibyte - 1, mebibyte, mebibyte + 1,
                                         2 * mebibyte, 2 * mebibyte + 1, 3 * mebibyte + 5,
                                         5 * mebibyte + 77, 8 * mebibyte, 130 * mebibyte + 3));

TEST(MailMemoryOfItsOwn, BeginsAtAMebibyte) {
  mail_memory memory;
  memory.grow(mebibyte - 1, 0);
  EXPECT_FALSE(memory.is_mapped());
  memory.grow(mebibyte, 0);
  EXPECT_TRUE(memory.is_mapped());
}

TEST(MailMemoryOfItsOwn, DoesNotMoveWhileItGrows) {
  mail_memory memory;
  fill(memory, 0, 2 * mebibyte);
  const char* const before = memory.data();
  fill(memory, 2 * mebibyte, 50 * mebibyte);
  EXPECT_EQ(memory.data(), before);
  EXPECT_TRUE(is_filled(before, 50 * mebibyte));
}

TEST(MailMemoryOfItsOwn, GivesTheRestOfItsAddressesBack) {
  const std::size_t before = addresses_in_use();
  mail_memory memory;
  fill(memory, 0, 3 * mebibyte);
  EXPECT_GT(addresses_in_use(), before + 100 * mebibyte);
  char* const block = memory.let_go(3 * mebibyte);
  EXPECT_LT(addresses_in_use(), before + 8 * mebibyte);
  mail_memory::release(block, 3 * mebibyte, true);
}

// Of a mail that was too big only the beginning is kept.
TEST(MailMemoryOfItsOwn, KeepsALittleOfALot) {
  mail_memory memory;
  fill(memory, 0, 20 * mebibyte);
  char* const block = memory.let_go(5'000);
  EXPECT_TRUE(is_filled(block, 5'000));
  mail_memory::release(block, 5'000, true);
}

TEST(MailMemoryOfItsOwn, GoesWithWhoeverGivesUp) {
  const std::size_t before = addresses_in_use();
  {
    mail_memory memory;
    fill(memory, 0, 5 * mebibyte);
  }
  EXPECT_LT(addresses_in_use(), before + 8 * mebibyte);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
// Not under sanitizers, which take terabytes of addresses themselves. 0: all held; else what did
// not.
int grow_with_few_addresses() {
  mail_memory memory;
  fill(memory, 0, 122 * 4096);
  const rlimit few{addresses_in_use() + 12 * mebibyte, RLIM_INFINITY};
  if (::setrlimit(RLIMIT_AS, &few) != 0) return 1;
  fill(memory, 122 * 4096, 3 * mebibyte);
  if (!is_filled(memory.data(), 3 * mebibyte)) return 2;
  try {
    memory.grow(40 * mebibyte, 3 * mebibyte);
  } catch (const std::bad_alloc&) {
    return is_filled(memory.data(), 3 * mebibyte) ? 0 : 3;
  }
  return 4;
}

TEST(MailMemoryOfItsOwnDeathTest, ManagesWithFewAddressesAndKeepsWhatItHasWithoutAny) {
  // In a process of its own, for the limit holds for all of it; whatever failed is its exit code.
  EXPECT_EXIT(std::exit(grow_with_few_addresses()), testing::ExitedWithCode(0), "");
}
#endif

}  // namespace
}  // namespace mailrig::model
