// The newest pages of lists as they were last answered: who asks again before anything has changed
// gets the same octets.
//
// Belongs to the I/O thread. Holds 32 pages of at most 128 KiB; of two rigs or limits that fall
// into one place the later stays.
#pragma once

#include "capture/rig/rig.hpp"
#include "webui/inspector/answer.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace mailrig::inspector {

// All that such an answer depends on.
struct page_state {
  std::uint64_t rig = 0;  // its number; 0 is none's
  std::uint64_t revision = 0;
  std::uint64_t attempts = 0;
  std::size_t limit = 0;

  friend bool operator==(const page_state&, const page_state&) = default;
};
[[nodiscard]] page_state state_of(const rig::rig& where, std::size_t limit);

class newest_pages {
 public:
  // Null if that was not answered yet.
  [[nodiscard]] std::shared_ptr<const std::string> find(const page_state& now) const;
  // `as_of`: the state when the list was read. Makes the answer's text one that is shared.
  void keep(const page_state& as_of, answer& made);

 private:
  static constexpr std::size_t most_octets = std::size_t{128} * 1024;
  struct kept_page {
    page_state state;
    std::shared_ptr<const std::string> text;
  };

  [[nodiscard]] static std::size_t place_of(const page_state& state);

  std::array<kept_page, 32> pages_;
};

// The same text for many readers.
[[nodiscard]] answer shared_answer(std::shared_ptr<const std::string> json);

}  // namespace mailrig::inspector
