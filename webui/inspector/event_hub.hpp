// Turns what happens in one rig into server-sent events, and tells its readers when there is
// something to send.
//
// Lives on the I/O thread. Rows of messages are made only while somebody reads, in batches and in
// order: an event becomes ready when all before it are.
#pragma once

#include "capture/rig/mail_reader.hpp"
#include "capture/rig/rig.hpp"
#include "webui/inspector/event_ring.hpp"

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::inspector {

class event_reader {
 public:
  virtual ~event_reader() = default;
  // More events are ready than before; may unsubscribe.
  virtual void events_ready() = 0;
  // The hub cannot go on for now; the reader shall end and come back.
  virtual void give_up() = 0;
};

class event_hub final : public rig::observer {
 public:
  event_hub(rig::rig& source, rig::mail_reader& mails, std::string tag,
            std::size_t capacity = event_ring::default_capacity);
  ~event_hub() override;
  event_hub(const event_hub&) = delete;
  event_hub& operator=(const event_hub&) = delete;

  struct subscription {
    event_number next = 0;   // the first event to send
    event_number until = 0;  // events before this one had happened before
    bool has_gap = false;    // some events since last_event_id are lost
  };
  // `who` is told nothing before this returns. An empty last_event_id: from now on.
  [[nodiscard]] subscription subscribe(event_reader& who, std::string_view last_event_id);
  void unsubscribe(event_reader& who);

  // Events before this one can be written.
  [[nodiscard]] event_number ready() const { return ready_; }
  [[nodiscard]] const event_ring& ring() const { return ring_; }
  // The events from `next` on that are ready, as text/event-stream, at most about so many octets;
  // `next` is moved behind them. Events that were forgotten are left out.
  [[nodiscard]] std::string write(event_number& next, std::size_t about) const;

  void message_announced(const rig::rig& where, store::message_uid uid,
                         const model::mail_ref& mail) override;
  void messages_removed(const rig::rig& where, const std::vector<model::id>& ids,
                        rig::removal why) override;
  void all_messages_removed(const rig::rig& where, std::size_t count) override;

 private:
  static constexpr event_number no_rewind = std::numeric_limits<event_number>::max();

  void push(event what);
  void advance();
  void make_rows(event_number end, std::vector<store::message_uid> uids,
                 std::vector<model::mail_ref> mails);
  void tell_readers();
  [[nodiscard]] bool write_event(std::string& out, event_number number) const;

  rig::rig& source_;
  rig::mail_reader& mails_;
  event_ring ring_;
  event_number ready_ = 1;
  event_number rewind_to_ = no_rewind;
  bool is_making_rows_ = false;
  std::vector<event_reader*> readers_;
};

}  // namespace mailrig::inspector
