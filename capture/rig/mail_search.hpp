// Searches the messages of a rig on the pool, newest first, in slices of a few milliseconds so that
// others get their turn.
//
// Lives on the I/O thread; callbacks run there. What the search had to learn of a mail's fields is
// handed back to be kept with the message; decoded bodies stay in a cache of the pool's thread.
#pragma once

#include "capture/rig/mail_source.hpp"
#include "capture/rig/matcher.hpp"
#include "capture/rig/query.hpp"
#include "capture/rig/text_cache.hpp"
#include "capture/rig/worker_pool.hpp"
#include "capture/store/store.hpp"

#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mailrig::rig {

inline constexpr store::message_uid no_uid = std::numeric_limits<store::message_uid>::max();

struct search_request {
  store::snapshot over;
  query_ref wanted;
  std::shared_ptr<const session_index> sessions;  // null: the query asks for none
  store::message_uid after = 0;                   // newer ones only
  store::message_uid before = no_uid;             // hits are older ones; all are counted
  std::size_t most_hits = 0;
  bool ends_with_last_hit = false;  // counting on has no use
};

struct search_hit {
  store::message_uid uid = 0;
  store::entry entry;
};

struct search_result {
  std::vector<search_hit> hits;  // newest first
  bool has_more = false;         // than most_hits
  std::size_t matched = 0;       // newer than `after`, whatever `before` says
};

class mail_search {
 public:
  using made_facts = std::vector<std::pair<store::message_uid, std::shared_ptr<const std::string>>>;
  // Facts to be kept with their messages, slice by slice.
  using keep_facts = std::function<void(const made_facts&)>;
  // Nothing: the pool takes no more work.
  using search_callback = std::function<void(std::optional<search_result>)>;

  explicit mail_search(worker_pool& pool, std::size_t cache_octets = text_cache::default_octets)
      : pool_(pool), texts_(std::make_shared<text_cache>(cache_octets)) {}

  // The callbacks are never called inside of this call but when the pool is full.
  void search(search_request what, keep_facts keep, search_callback done);
  // Decodes mails before somebody asks, a few at a time.
  void prepare(std::vector<model::mail_ref> mails);
  // Of the pool's thread.
  [[nodiscard]] const std::shared_ptr<text_cache>& texts() const { return texts_; }
  void forget_all();

 private:
  worker_pool& pool_;
  std::shared_ptr<text_cache> texts_;
};

// What is known of a stored message.
[[nodiscard]] known_mail about(const store::entry& stored);
// Of an attempt that is no message.
[[nodiscard]] known_mail about(const model::mail_record& attempt);

}  // namespace mailrig::rig
