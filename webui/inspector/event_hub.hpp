// Turns what happens in the rigs into server-sent events, and tells its readers when there is
// something to send.
//
// Lives on the I/O thread. One ring for all rigs; each reader follows one of them, and that of the
// rig `default` hears also of rigs that come and go. Rows of messages are made only while somebody
// reads that rig, in batches and in order: an event becomes ready when all before it are.
#pragma once

#include "capture/rig/mail_reader.hpp"
#include "capture/rig/mail_search.hpp"
#include "capture/rig/query.hpp"
#include "capture/rig/rig_table.hpp"
#include "webui/inspector/event_ring.hpp"

#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mailrig::inspector {

class event_reader {
 public:
  virtual ~event_reader() = default;
  // So many more events of the reader's rig are ready, of about so many octets; there may be older
  // ones too. May unsubscribe.
  virtual void events_ready(std::size_t count, std::size_t octets) = 0;
  // The hub cannot go on for now; the reader shall end and come back.
  virtual void give_up() = 0;
  // The rig is gone: nothing comes behind what is ready.
  virtual void rig_gone() = 0;
};

class event_hub final : public rig::observer {
 public:
  event_hub(rig::rig_table& rigs, rig::mail_reader& mails, std::string tag,
            std::size_t capacity = event_ring::default_capacity);
  ~event_hub() override;
  event_hub(const event_hub&) = delete;
  event_hub& operator=(const event_hub&) = delete;

  struct subscription {
    event_number next = 0;   // the first event to send
    event_number until = 0;  // events before this one had happened before
    bool has_gap = false;    // some events since last_event_id are lost
  };
  // `who` is told nothing before this returns. An empty last_event_id: from now on. With a query
  // only those messages and attempts are told that it finds, and no sessions.
  [[nodiscard]] subscription subscribe(event_reader& who, const rig::rig& of,
                                       std::string_view last_event_id,
                                       rig::query_ref wanted = nullptr);
  void unsubscribe(event_reader& who);

  // Events before this one can be written.
  [[nodiscard]] event_number ready() const { return ready_; }
  [[nodiscard]] const event_ring& ring() const { return ring_; }
  struct written {
    std::string text;
    std::size_t count = 0;  // events in it, those from `since` on
  };
  // The events for a reader from `next` on that are ready, as text/event-stream, at most about so
  // many octets; `next` is moved behind them. Events that were forgotten are left out.
  [[nodiscard]] written write(const event_reader& who, event_number& next, std::size_t about,
                              event_number since = 0);

  void message_announced(const rig::rig& where, store::message_uid uid,
                         const model::mail_ref& mail) override;
  void messages_removed(const rig::rig& where, const std::vector<model::id>& ids,
                        rig::removal why) override;
  void all_messages_removed(const rig::rig& where, std::size_t count) override;
  void attempt_ended(const rig::rig& where, const model::mail_ref& attempt) override;
  void session_ended(const rig::rig& where, const rig::session_record& session) override;
  void rig_changed(const rig::rig& where, rig::rig_change what) override;
  void fate_changed(const rig::rig& where, store::message_uid uid,
                    const model::mail_ref& mail) override;

 private:
  static constexpr event_number no_rewind = std::numeric_limits<event_number>::max();

  struct follower {
    event_reader* who;
    std::uint64_t rig;
    bool is_told;           // not while it subscribes
    rig::query_ref wanted;  // null: everything
    std::unordered_map<event_number, bool> verdicts;
  };
  // A mail that is to be held against the queries of some followers.
  struct trial {
    event_number number;
    std::vector<event_reader*> who;
  };
  struct row_wish {
    std::shared_ptr<rig::rig> where;
    store::message_uid uid;
    model::mail_ref mail;
  };

  void push(event what);
  void advance();
  [[nodiscard]] std::vector<row_wish> missing_rows(event_number end) const;
  void make_rows(std::vector<row_wish> wishes);
  void rows_made(const std::vector<row_wish>& wishes,
                 const std::optional<rig::mail_reader::summaries>& made);
  // False if there is nothing to be done before the events up to `end` are ready.
  [[nodiscard]] bool begin_work(event_number end);
  [[nodiscard]] bool begin_trials(event_number end);
  void tried(const std::vector<trial>& trials,
             const std::optional<std::vector<rig::search_verdicts>>& verdicts);
  [[nodiscard]] follower* find_follower(const event_reader& who);
  // The mail of a message or an attempt; nothing in it if there is none any more.
  [[nodiscard]] store::entry mail_of(const event& what) const;
  [[nodiscard]] bool wants(const follower& who, event_number number) const;
  void tell_followers();
  void give_up();
  // Those of now: telling one may end another.
  [[nodiscard]] std::vector<event_reader*> readers() const;
  [[nodiscard]] rig::rig* find(std::uint64_t number) const;
  [[nodiscard]] bool is_for(const event& what, std::uint64_t rig_number) const;
  [[nodiscard]] bool is_followed(const event& what) const;
  [[nodiscard]] std::size_t size_of(const event& what) const;
  // False if the row is still to be made.
  [[nodiscard]] bool write_event(std::string& out, event_number number) const;

  rig::rig_table& rigs_;
  rig::mail_reader& mails_;
  event_ring ring_;
  std::uint64_t default_rig_;
  std::unordered_map<std::uint64_t, rig::rig*> by_number_;
  event_number ready_ = 1;
  event_number told_ = 1;  // events before this one were counted to the followers
  event_number rewind_to_ = no_rewind;
  bool is_at_work_ = false;
  std::vector<follower> followers_;
  // Whoever makes rows asks whether the hub is still there.
  std::shared_ptr<bool> is_here_ = std::make_shared<bool>(true);
};

}  // namespace mailrig::inspector
