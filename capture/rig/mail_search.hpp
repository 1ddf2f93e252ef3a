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
#include <cstdint>
#include <deque>
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
  rig_facts::ref around;               // null: the query asks for none
  store::message_uid after = 0;        // newer ones only
  store::message_uid before = no_uid;  // hits are older ones; all are counted
  std::size_t most_hits = 0;
  bool ends_with_last_hit = false;  // counting on has no use
  bool skips_generated = false;     // mails that rules made are no attempts
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

// One mail held against several queries.
struct search_question {
  store::entry entry;
  std::vector<query_ref> wanted;
  rig_facts::ref around;  // null: no query asks for any
};
// One for each query, in their order.
using search_verdicts = std::vector<bool>;

class mail_search {
 public:
  using made_facts = std::vector<std::pair<store::message_uid, std::shared_ptr<const std::string>>>;
  // Facts to be kept with their messages, slice by slice.
  using keep_facts = std::function<void(const made_facts&)>;
  // Nothing: the pool takes no more work.
  using search_callback = std::function<void(std::optional<search_result>)>;

  explicit mail_search(worker_pool& pool, std::size_t cache_octets = text_cache::default_octets)
      : pool_(pool), texts_(std::make_shared<text_cache>(cache_octets)) {}

  ~mail_search() { *self_ = nullptr; }
  mail_search(const mail_search&) = delete;
  mail_search& operator=(const mail_search&) = delete;

  // The callbacks are never called inside of this call but when the pool is full.
  void search(search_request what, keep_facts keep, search_callback done);
  // Judges a few mails, each read once; answers in the order of the questions.
  using judged_callback = std::function<void(std::optional<std::vector<search_verdicts>>)>;
  void judge(std::vector<search_question> questions, judged_callback done);
  // Decodes a mail before somebody asks, once those before it are done; does nothing unless texts
  // were searched not long ago: who never searches shall not pay for it.
  void prepare(const model::mail_ref& mail);
  // Of the pool's thread.
  [[nodiscard]] const std::shared_ptr<text_cache>& texts() const { return texts_; }
  void forget_all();

 private:
  // After a search of texts so many mails are prepared.
  static constexpr std::size_t mails_of_interest = 10'000;
  static constexpr std::size_t most_to_prepare = 1'000;

  void prepare_some();

  worker_pool& pool_;
  std::shared_ptr<text_cache> texts_;
  std::size_t interest_ = 0;
  bool is_preparing_ = false;
  std::deque<model::mail_ref> to_prepare_;
  // Completions that come back from the pool find out whether this is still there.
  std::shared_ptr<mail_search*> self_ = std::make_shared<mail_search*>(this);
};

// What is known of a stored message, or of an attempt in the place of one.
[[nodiscard]] known_mail about(const store::entry& stored);

}  // namespace mailrig::rig
