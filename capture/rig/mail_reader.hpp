// Parses mails on the pool and remembers what was read, within 64 MiB, the least recently used
// forgotten first.
//
// Lives on the I/O thread. Callbacks run there too, never inside the call that asked. Several
// requests for one mail share one parse. When the pool takes no more work the callback is given
// nothing: a null view, or no value.
#pragma once

#include "capture/mime/message_view.hpp"
#include "capture/model/mail_record.hpp"
#include "capture/rig/chain.hpp"
#include "capture/rig/mail_search.hpp"
#include "capture/rig/worker_pool.hpp"

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace mailrig::rig {

// What a list shows of a mail. `chain` is empty where it is in none.
struct mail_summary : mime::summary {
  std::string chain;
};

// All that a mail says.
struct mail_view : mime::message_view {
  std::string chain;
};

class mail_reader {
 public:
  using view_ref = std::shared_ptr<const mail_view>;
  using view_callback = std::function<void(view_ref)>;
  using summaries = std::vector<mail_summary>;
  using summaries_callback = std::function<void(std::optional<summaries>)>;

  static constexpr std::size_t default_cache = std::size_t{64} << 20;

  mail_reader(worker_pool& pool, worker_pool::post to_io_thread,
              std::size_t cache_octets = default_cache);

  void view(model::mail_ref mail, view_callback done);
  // One summary per mail, in the same order. The views behind them are not kept: lists are long and
  // few of their mails are opened. `chains` names those of mails without content.
  void summarise(std::vector<model::mail_ref> mails, summaries_callback done,
                 chain_finder chains = {});
  [[nodiscard]] mail_search& searches() { return search_; }
  // Lets go of what is remembered of a mail that was removed, or of all mails.
  void forget(const model::id& mail);
  void forget_all();

  [[nodiscard]] std::size_t octets_in_use() const { return octets_; }
  // Parses that were begun for views, for tests and measures.
  [[nodiscard]] std::size_t parse_count() const { return parse_count_; }

 private:
  struct cached {
    model::id mail;
    view_ref view;
    std::size_t octets;
  };
  using cache_list = std::list<cached>;  // the most recently used first

  void parse(const model::mail_ref& mail);
  void parsed(const model::id& mail, view_ref view, std::size_t octets);
  void keep(cached item);
  void drop(cache_list::iterator item);

  worker_pool& pool_;
  worker_pool::post to_io_thread_;
  mail_search search_;
  std::size_t cache_octets_;
  std::size_t octets_ = 0;
  std::size_t parse_count_ = 0;
  cache_list cache_;
  std::unordered_map<model::id, cache_list::iterator> by_mail_;
  std::unordered_map<model::id, std::vector<view_callback>> waiting_;
};

// Octets of memory that a view takes, roughly: its strings and its objects.
[[nodiscard]] std::size_t footprint(const mime::message_view& view);

}  // namespace mailrig::rig
