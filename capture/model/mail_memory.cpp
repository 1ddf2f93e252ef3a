#include "capture/model/mail_memory.hpp"

#include "capture/model/huge_pages.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace mailrig::model {
namespace {

constexpr std::size_t mebibyte = std::size_t{1024} * 1024;
constexpr std::size_t mapped_from = mebibyte;
// Of addresses only, until something is written: more than most mails ever need.
constexpr std::size_t usual_mapping = 128 * mebibyte;

std::size_t whole_pages(std::size_t octets) {
  static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return (octets + page - 1) / page * page;
}

// Null if there is no room.
char* map(std::size_t size) {
  void* const found = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return found == MAP_FAILED ? nullptr : static_cast<char*>(found);
}

// Beginning where a huge page may.
char* map_aligned(std::size_t size) {
  char* const found = map(size + huge_page_size);
  if (found == nullptr) return nullptr;
  char* const begin = up_to_huge_page(found);
  if (begin > found) ::munmap(found, static_cast<std::size_t>(begin - found));
  ::munmap(begin + size, static_cast<std::size_t>(found + huge_page_size - begin));
  return begin;
}

}  // namespace

void mail_memory::release(char* block, std::size_t size, bool is_mapped) noexcept {
  if (is_mapped)
    ::munmap(block, whole_pages(size));
  else
    std::free(block);
}

mail_memory::~mail_memory() {
  release(block_, mapped_, is_mapped());
}

void mail_memory::grow(std::size_t capacity, std::size_t used) {
  const bool has_room = capacity <= mapped_;
  if (!has_room && !(capacity >= mapped_from && move_to_mapping(capacity, used))) {
    if (is_mapped()) throw std::bad_alloc();
    grow_on_heap(capacity);
  }
  capacity_ = capacity;
}

void mail_memory::grow_on_heap(std::size_t capacity) {
  char* const moved = static_cast<char*>(std::realloc(block_, capacity));
  if (moved == nullptr) throw std::bad_alloc();
  block_ = moved;
  keep_heap_ahead(block_ + capacity);
}

// A mapping that has grown too small is copied: the kernel moves no pages that differ in kind.
// Where addresses are counted as memory (strict overcommit) there may be no more room than is
// needed.
bool mail_memory::move_to_mapping(std::size_t capacity, std::size_t used) {
  const std::size_t needed = whole_pages(capacity);
  std::size_t size = 0;
  char* moved = nullptr;
  for (const std::size_t wanted : {std::max(usual_mapping, 2 * needed), 2 * needed, needed}) {
    size = wanted;
    moved = map_aligned(size);
    if (moved != nullptr) break;
  }
  if (moved == nullptr) return false;
  char* const left = std::exchange(block_, moved);
  const std::size_t left_mapped = std::exchange(mapped_, size);
  ready_ = 0;
  make_ready(std::max<std::size_t>(used, 1));
  if (used > 0) std::memcpy(block_, left, used);
  release(left, left_mapped, left_mapped != 0);
  return true;
}

void mail_memory::make_pages(std::size_t used) {
  for (; ready_ < used; ready_ += huge_page_size) {
    if (ready_ + huge_page_size <= mapped_) make_huge_page(block_ + ready_);
  }
}

// Small pages for what is in the last huge one: the kernel keeps all of it for a part, until memory
// is short.
void mail_memory::settle_end(std::size_t used) {
  const std::size_t begin = used / huge_page_size * huge_page_size;
  const std::size_t size = std::min(huge_page_size, mapped_ - begin);
  const std::string end(block_ + begin, used - begin);
  void* const fresh = ::mmap(block_ + begin, size, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  if (fresh == MAP_FAILED) return;  // and nothing has changed
  (void)::madvise(fresh, size, MADV_NOHUGEPAGE);
  std::memcpy(fresh, end.data(), end.size());
}

char* mail_memory::let_go(std::size_t used) {
  if (is_mapped()) {
    const std::size_t kept = whole_pages(used);
    const std::size_t made = std::min(ready_, mapped_);
    if (made > kept + used / 4) settle_end(used);
    if (kept < mapped_) ::munmap(block_ + kept, mapped_ - kept);
  } else if (used < capacity_) {
    // Shrinking needs no memory; should it fail all the same, the block stays as it is.
    if (void* const fitted = std::realloc(block_, used)) block_ = static_cast<char*>(fitted);
  }
  capacity_ = mapped_ = ready_ = 0;
  return std::exchange(block_, nullptr);
}

}  // namespace mailrig::model
