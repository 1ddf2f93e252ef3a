// One rig: an isolated sandbox for one test with its own messages, attempts, sessions and fault
// rules.
//
// Lives on the I/O thread. Sessions reach it through their recorder, the judge and deliver(); the
// inspector reads it. A rig never knows a socket. Its rules live by its own clock.
#pragma once

#include "capture/delivery/mailboxes.hpp"
#include "capture/delivery/post_office.hpp"
#include "capture/model/mail_record.hpp"
#include "capture/rig/attempt_log.hpp"
#include "capture/rig/counters.hpp"
#include "capture/rig/listen_watch.hpp"
#include "capture/rig/observer.hpp"
#include "capture/rig/post_surroundings.hpp"
#include "capture/rig/rig_clock.hpp"
#include "capture/rig/rig_config.hpp"
#include "capture/rig/session_record.hpp"
#include "capture/rig/timers.hpp"
#include "capture/store/store.hpp"
#include "faults/engine.hpp"
#include "faults/rule_book.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mailrig::rig {

// A mail of which a recipient belonged here, but which went to another rig with its first one.
struct stray {
  model::id mail;
  std::string recipient;
  std::string went_to;

  friend bool operator==(const stray&, const stray&) = default;
};

class rig : public std::enable_shared_from_this<rig> {
 public:
  using session_ref = std::shared_ptr<const session_record>;
  // Nothing: there was no room.
  using delivered = std::function<void(std::optional<store::put_result>)>;

  // The clock outlives the rig. `seed`: that of rules whose set gives none.
  rig(std::string name, std::unique_ptr<store::store> messages, const model::clock& real,
      std::uint64_t seed);
  rig(const rig&) = delete;
  rig& operator=(const rig&) = delete;
  [[nodiscard]] const std::string& name() const { return config_.name; }
  [[nodiscard]] const rig_config& config() const { return config_; }
  // The name stays. Limits are enforced at once.
  void configure(rig_config config);

  // Faults

  [[nodiscard]] faults::engine& judge() { return engine_; }
  [[nodiscard]] const faults::engine& judge() const { return engine_; }
  [[nodiscard]] faults::rule_book& rules() { return book_; }
  [[nodiscard]] const faults::rule_book& rules() const { return book_; }
  // The domain of magic recipients, in lower case; empty: there are none. Rules that mailrig
  // generates concern no mail without such a recipient.
  [[nodiscard]] const std::string& magic_domain() const { return magic_domain_; }
  void set_magic(std::string domain, faults::rule_set rules);
  // Told when the rules change; by the table.
  void on_rules_changed(std::function<void()> tell) { rules_changed_ = std::move(tell); }
  // Told the tokens (faults::firing) of rules that are gone, none for all: what they make sessions
  // wait for ends. By the table.
  void on_release(std::function<void(std::span<const std::uint64_t>)> tell) {
    release_ = std::move(tell);
  }
  // How listeners that belong to this rig treat clients.
  [[nodiscard]] listening how_to_listen(faults::protocol talk) const { return listen_.how(talk); }
  // Told when that changes; by the table.
  void on_listening_changed(std::function<void(faults::protocol, listening)> tell) {
    listen_.on_change(std::move(tell));
  }
  // Hits, counters, memories and bans as if the rules had just been loaded.
  void reset_counters();

  // Clock

  [[nodiscard]] const rig_clock& clock() const { return clock_; }
  [[nodiscard]] timers& due() { return due_; }
  // When the next thing falls due, in real time; nothing while the clock stands still.
  [[nodiscard]] std::optional<model::instant> next_due() const;
  // Does what has fallen due by now.
  void run_due();
  // Called when the clock has moved on to something that fell due, so that who was woken by it goes
  // on by that time and not by a later one. By the table.
  void on_step(std::function<void()> tell) { step_ = std::move(tell); }
  // Moves the clock on and does what falls due on the way, in order of time.
  void advance(model::duration by);
  void set_frozen(bool stands);
  // The real time again. What rules remember is measured by the clock and goes with it.
  void reset_clock();

  [[nodiscard]] const store::store& messages() const { return *messages_; }
  [[nodiscard]] store::store& messages() { return *messages_; }

  [[nodiscard]] delivery::mailboxes& mailboxes() { return mailboxes_; }
  [[nodiscard]] delivery::post_office& post_office() { return post_office_; }
  [[nodiscard]] const delivery::post_office& post_office() const { return post_office_; }
  // What the post office needs of the table, before the first mail comes.
  void open_post_office(rig_table& table, store::usage& total) {
    surroundings_.settle(table);
    post_office_.count_into(total);
  }
  // Messages, what the mailboxes hold of them, and what the post office has still to do.
  [[nodiscard]] store::usage in_use() const {
    const store::usage stored = messages_->in_use();
    return {stored.messages,
            stored.octets + mailboxes_.octets_in_use() + post_office_.octets_in_use()};
  }

  // Hands an accepted mail to the post office; `done` is called once, at once or later. Evicts what
  // is over the rig's own limits; a mail that alone is larger than them has no room.
  void deliver(model::mail_ref mail, delivered done);
  // Tells observers of a stored message; the driver calls it after the first write of its reply.
  void announce(const model::id& message);
  // Likewise of a mail that rules made; it is no attempt.
  void announce_generated(const model::id& message);
  // How many of the messages are such mails.
  [[nodiscard]] std::size_t generated_messages() const { return generated_messages_; }
  // Tells observers that what became of a message has changed.
  void tell_of_fate(const model::id& message);
  // Evicts what is in the way of a mail of that size, by the rig's own limits. False if it has no
  // room even in an empty rig.
  [[nodiscard]] bool make_room_for(std::size_t octets);

  // False if there is no such message.
  bool remove(const model::id& message);
  // How many of these were there; observers are told at once.
  std::size_t remove(const std::vector<model::id>& messages);
  // How many were removed.
  std::size_t remove_all();
  // False if there was none. Observers are told.
  bool evict_oldest();
  // Messages that came before `when`. How many were evicted.
  std::size_t evict_older_than(model::instant when);
  // When the oldest message came; nothing if there is none.
  [[nodiscard]] std::optional<model::instant> oldest_arrival() const;

  // Forgets messages, attempts and ended sessions. A mail that is under way now is answered as
  // usual, but kept as an attempt only: its transaction began in another epoch. Uids go on.
  void empty();
  // How often the rig was emptied.
  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }
  // An accepted mail that stays out of the messages, because the rig was emptied meanwhile.
  void keep_late(const model::mail_ref& mail);
  // The table lets go of the rig: it is emptied, takes nothing any more, and tells its observers.
  void retire();
  [[nodiscard]] bool is_retired() const { return is_retired_; }

  void attempt_ended(const model::mail_ref& attempt);
  void session_began(session_ref session);
  void session_ended(const session_record& session);
  // The session went on to another rig before it did anything here.
  void session_left(const session_record& session);
  // Sessions whose rig this is now, and their transactions that are open.
  [[nodiscard]] std::size_t open_sessions() const { return open_sessions_; }
  [[nodiscard]] std::size_t open_transactions() const { return open_transactions_; }
  void count_open_session(int change) {
    open_sessions_ += static_cast<std::size_t>(change);
    listen_.look_soon();
  }
  void count_open_transaction(int change) {
    open_transactions_ += static_cast<std::size_t>(change);
  }
  void keep_stray(stray lost);
  // The last 100, oldest first.
  [[nodiscard]] const std::deque<stray>& strays() const { return strays_; }

  // Somebody asked for it or sent to it: its ttl counts from now.
  void touch(model::instant now) { last_use_ = now; }
  [[nodiscard]] model::instant last_use() const { return last_use_; }
  [[nodiscard]] model::instant made_at() const { return made_at_; }
  // By the table, once.
  void made(model::instant now, counters& count, std::uint64_t number);
  // Of all rigs that there ever were; names come again, numbers do not.
  [[nodiscard]] std::uint64_t number() const { return number_; }

  // Refused and aborted attempts.
  [[nodiscard]] const attempt_log& failed_attempts() const { return attempts_; }
  [[nodiscard]] const std::deque<model::mail_ref>& attempts() const { return attempts_.mails(); }
  [[nodiscard]] std::uint64_t attempt_count() const { return attempts_.count(); }
  // What is left of messages that were deleted or evicted.
  [[nodiscard]] const attempt_log& gone_messages() const { return gone_messages_; }
  // Open and ended sessions, oldest first; the last 10,000. One that fed several rigs is in each.
  [[nodiscard]] const std::deque<session_ref>& sessions() const { return sessions_; }
  // Null if it was let go, or never was in this rig. The newest are found first.
  [[nodiscard]] session_ref find_session(const model::id& session) const;
  [[nodiscard]] std::uint64_t evicted_count() const { return evicted_count_; }

  void add_observer(observer& who) { observers_.push_back(&who); }
  void remove_observer(observer& who) { std::erase(observers_, &who); }
  void tell(rig_change what);
  // Once the rig has all it needs; only then are observers told when it goes.
  void announce_made();

 private:
  void enforce_limits();
  // From the messages and the mailboxes; its envelope stays.
  void take_out(store::message_uid uid);
  void keep_envelope(store::message_uid uid, const model::mail_record& gone);
  struct rule_listener final : faults::engine::observer {
    explicit rule_listener(rig& its_owner) : owner(its_owner) {}
    void hit(const faults::hit& what) override;
    void forgot(const faults::memory_report& where) override;
    void state_changed() override { owner.listen_.look_soon(); }
    rig& owner;
  };
  rig_config config_;
  std::unique_ptr<store::store> messages_;
  rig_clock clock_;
  timers due_;
  rule_listener rule_listener_{*this};
  faults::engine engine_;
  faults::rule_book book_;
  listen_watch listen_{engine_, due_, clock_};
  std::string magic_domain_;
  std::function<void()> rules_changed_;
  std::function<void(std::span<const std::uint64_t>)> release_;
  std::function<void()> step_;
  delivery::mailboxes mailboxes_;
  post_surroundings surroundings_;
  delivery::post_office post_office_;
  attempt_log attempts_;
  attempt_log gone_messages_;
  std::deque<session_ref> sessions_;
  std::deque<stray> strays_;
  std::uint64_t evicted_count_ = 0;
  std::size_t generated_messages_ = 0;
  std::uint64_t epoch_ = 0;
  std::size_t open_sessions_ = 0;
  std::size_t open_transactions_ = 0;
  model::instant made_at_;
  model::instant last_use_;
  bool is_announced_ = false;
  bool is_retired_ = false;
  counters* counters_ = nullptr;
  std::uint64_t number_ = 0;
  std::vector<observer*> observers_;
};

}  // namespace mailrig::rig
