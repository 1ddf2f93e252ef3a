// Huge pages for the memory of mails, where they come cheap.
//
// A mail is written once, into memory that is fresh, and on pages of 4 KiB getting that memory from
// the kernel is a quarter of what an average mail costs and half of what a large one does. A page
// of 2 MiB costs about as much as a hundred small ones. Not everywhere: on a virtual machine that
// gives free memory back to its host (free page reporting) the host may have to find each anew,
// which is several times as dear. So each is timed, and after a dear one small pages are used for a
// while.
#pragma once

#include <chrono>
#include <cstddef>

namespace mailrig::model {

inline constexpr std::size_t huge_page_size = std::size_t{2} * 1024 * 1024;
// The heap is to grow by this at a time (M_TOP_PAD): by less, few huge pages would fit in.
inline constexpr std::size_t heap_step = std::size_t{16} * 1024 * 1024;

class huge_page_trial {
 public:
  // Whether the next page is to be huge; after dear ones 1, 8, then 64 are left out.
  [[nodiscard]] bool is_due();
  // Processor time that making it took.
  void took(std::chrono::nanoseconds cost);

 private:
  unsigned left_out_ = 0;
  unsigned next_left_out_ = 1;
};

// Where a huge page may begin, at or behind `at`.
[[nodiscard]] char* up_to_huge_page(char* at);

// Makes the memory of [begin, begin + huge_page_size), in which nothing is written yet, one huge
// page if that is due and the kernel can; else it stays as it is. `begin` is a multiple of the
// size.
void make_huge_page(char* begin);

// Keeps huge pages ahead of the blocks of the heap. `block_end` is that of a new block; one that
// lies elsewhere changes nothing. The first 4 MiB from a thread's first block on stay on small
// pages.
void keep_heap_ahead(char* block_end);

}  // namespace mailrig::model
