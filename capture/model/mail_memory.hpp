// The memory of one mail's record while it grows: a block of the heap, or, from 1 MiB on, pages of
// its own, so that growing copies nothing and a mail that goes gives all of it back to the system.
#pragma once

#include <cstddef>

namespace mailrig::model {

class mail_memory {
 public:
  // Frees a block that was let go, on any thread.
  static void release(char* block, std::size_t size, bool is_mapped) noexcept;

  mail_memory() = default;
  ~mail_memory();
  mail_memory(const mail_memory&) = delete;
  mail_memory& operator=(const mail_memory&) = delete;

  [[nodiscard]] char* data() const { return block_; }
  // In octets.
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  [[nodiscard]] bool is_mapped() const { return mapped_ != 0; }

  // Makes the capacity, which is never made less, that; the first `used` octets stay. Throws
  // std::bad_alloc.
  void grow(std::size_t capacity, std::size_t used);
  // Before the first `used` octets are all written.
  void make_ready(std::size_t used) {
    if (used > ready_ && is_mapped()) make_pages(used);
  }
  // Gives back what is behind the first `used` octets and lets go of the block.
  [[nodiscard]] char* let_go(std::size_t used);

 private:
  void grow_on_heap(std::size_t capacity);
  // False if the system gives none.
  [[nodiscard]] bool move_to_mapping(std::size_t capacity, std::size_t used);
  void make_pages(std::size_t used);
  void settle_end(std::size_t used);

  char* block_ = nullptr;
  std::size_t capacity_ = 0;
  std::size_t mapped_ = 0;  // octets of address space; 0 on the heap
  std::size_t ready_ = 0;   // of a mapping: as far as huge pages were thought of
};

}  // namespace mailrig::model
