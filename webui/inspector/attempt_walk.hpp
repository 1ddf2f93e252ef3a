// One page of all attempts of a rig, newest first: those that are messages, those that failed, and
// what is left of messages that are gone.
//
// Each of the three lies in an order of its own; a page takes the newest of their heads again and
// again. Lives on the I/O thread; what a query asks of the mails is looked at on the pool.
#pragma once

#include "capture/rig/mail_search.hpp"
#include "capture/rig/mark.hpp"
#include "capture/rig/rig.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace mailrig::inspector {

// Where a page begins, in each of the three: what it lists is older.
using attempt_position = std::array<std::uint64_t, 3>;

// "17.3.1"; before the newest for an empty text, nothing for any other.
[[nodiscard]] std::optional<attempt_position> read_position(std::string_view text);
[[nodiscard]] std::string to_string(const attempt_position& where);

class attempt_walk {
 public:
  struct result {
    std::vector<model::mail_ref> mails;
    std::size_t matched = 0;
    std::optional<attempt_position> next;  // nothing: there are no older ones
  };
  // Nothing: the pool takes no more work.
  using callback = std::function<void(std::optional<result>)>;

  // `wanted` null: all. Only what is newer than `after` is looked at.
  attempt_walk(const rig::rig& where, const rig::query_ref& wanted, const rig::mark& after,
               const attempt_position& before, std::size_t limit);

  [[nodiscard]] std::size_t total() const { return total_; }
  // Call once. `done` may be called at once.
  void go(rig::mail_search& searches, callback done) &&;

 private:
  static constexpr std::size_t sources = std::tuple_size_v<attempt_position>;

  static void search(std::shared_ptr<attempt_walk> self, rig::mail_search& searches,
                     std::size_t from, callback done);
  [[nodiscard]] result join() const;
  // The source whose next hit is the newest; `sources` if there is none.
  [[nodiscard]] std::size_t newest(const std::array<std::size_t, sources>& taken) const;

  std::array<rig::search_request, sources> requests_;
  std::array<rig::search_result, sources> found_;
  std::size_t generated_;  // messages that are no attempts
  std::size_t total_;
  std::size_t limit_;
};

}  // namespace mailrig::inspector
