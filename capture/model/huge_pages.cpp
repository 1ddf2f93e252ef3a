#include "capture/model/huge_pages.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <ctime>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23  // Linux 5.14
#endif

namespace mailrig::model {
namespace {

// Making one takes 0.05 to 0.2 ms where the memory is there, and more than 3 ms where a host has to
// find it.
constexpr std::chrono::microseconds dear{500};
constexpr unsigned most_left_out = 64;
constexpr std::size_t smallest_page = 4096;
// A server with few mails stays small.
constexpr std::ptrdiff_t small_heap = std::ptrdiff_t{4} * 1024 * 1024;
// Larger blocks than this are not on the heap (M_MMAP_THRESHOLD is half of it).
constexpr std::ptrdiff_t ahead = std::ptrdiff_t{512} * 1024;

std::chrono::nanoseconds processor_time() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
}

// Whatever else is on the heap may have come first.
bool is_untouched(char* page) {
  std::array<unsigned char, huge_page_size / smallest_page> resident{};
  if (::mincore(page, huge_page_size, resident.data()) != 0) return false;
  return std::ranges::none_of(resident, [](unsigned char is) { return (is & 1) != 0; });
}

}  // namespace

bool huge_page_trial::is_due() {
  if (left_out_ == 0) return true;
  --left_out_;
  return false;
}

void huge_page_trial::took(std::chrono::nanoseconds cost) {
  if (cost < dear) {
    next_left_out_ = std::max(next_left_out_ / 2, 1U);
  } else {
    left_out_ = next_left_out_;
    next_left_out_ = std::min(8 * next_left_out_, most_left_out);
  }
}

char* up_to_huge_page(char* at) {
  const std::size_t over = reinterpret_cast<std::uintptr_t>(at) % huge_page_size;
  return over == 0 ? at : at + (huge_page_size - over);
}

// A kernel that cannot make it ahead of the writing makes it then.
void make_huge_page(char* begin) {
  thread_local huge_page_trial trial;
  if (!trial.is_due() || ::madvise(begin, huge_page_size, MADV_HUGEPAGE) != 0) return;
  const auto before = processor_time();
  (void)::madvise(begin, huge_page_size, MADV_POPULATE_WRITE);
  trial.took(processor_time() - before);
}

void keep_heap_ahead(char* block_end) {
  thread_local char* done = block_end + small_heap;  // as far as it was looked at
  char* const end = static_cast<char*>(::sbrk(0));   // no system call
  if (block_end > end) return;
  done = std::min(done, end);
  while (block_end + ahead > done) {
    char* const page = up_to_huge_page(done);
    if (page + huge_page_size > end) return;
    if (is_untouched(page)) make_huge_page(page);
    done = page + huge_page_size;
  }
}

}  // namespace mailrig::model
