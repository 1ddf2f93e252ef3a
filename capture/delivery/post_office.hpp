// What becomes of accepted mail: stores it, asks the rules of the stage `deliver` once for each
// recipient, and does what they say, at once or when it is due.
//
// Owned by the rig, on the I/O thread. Every mail is stored, whatever its fate, and no rule changes
// what is stored; rules decide what mailboxes get. A mail that no rule concerns costs one question.
// Knows no timer: whoever owns one asks next_due() and calls run_due().
#pragma once

#include "capture/delivery/due_queue.hpp"
#include "capture/delivery/mailboxes.hpp"
#include "capture/delivery/plan.hpp"
#include "capture/delivery/surroundings.hpp"
#include "capture/model/envelope.hpp"
#include "capture/model/mail_record.hpp"
#include "capture/store/store.hpp"
#include "faults/judge.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailrig::delivery {

class post_office {
 public:
  post_office(store::store& messages, mailboxes& boxes, faults::judge& judge, surroundings& around)
      : messages_(messages), boxes_(boxes), judge_(judge), around_(around) {}

  // `done` is called once, at once or later; nothing means that the store had no room.
  void take(model::mail_ref mail, std::function<void(std::optional<store::put_result>)> done);

  // What of a login's listing differs from what the mailbox holds (mailbox_reading).
  using contents = std::map<std::pair<model::id, std::uint32_t>, model::mail_ref>;

  // When something is due, on the rig's clock; nothing: nothing is.
  [[nodiscard]] std::optional<model::instant> next_due() const { return due_.next(); }
  // Does what is due by then, in order of time.
  void run_due(model::instant now);
  // Forgets what was to be done.
  void clear();
  [[nodiscard]] std::size_t waiting() const { return due_.size(); }
  // What was not put off for want of room: done at once, or, of generated mail, not at all.
  [[nodiscard]] std::uint64_t refused() const { return refused_; }
  [[nodiscard]] std::size_t octets_in_use() const { return octets_; }
  // Keeps count in `total` as well, from now on, which outlives this.
  void count_into(store::usage& total);

 private:
  friend class mailbox_reading;

  struct addressed {
    plan what;
    std::string recipient;
    model::mail_ref altered;
    model::instant asked_at;
    model::instant at;  // when it is delivered
  };
  using parsed = std::shared_ptr<const faults::parsed_facts>;
  void keep(model::mail_ref mail, parsed facts,
            std::function<void(std::optional<store::put_result>)> done);
  // `facts`: what rules want to know of it; null: they want nothing.
  void sort(store::message_uid uid, const model::mail_ref& mail, const faults::parsed_facts* facts);
  [[nodiscard]] std::vector<addressed> ask(const model::mail_record& mail,
                                           const model::envelope& envelope,
                                           const faults::parsed_facts* facts);
  void time(addressed& one, model::instant now);
  void note(store::message_uid uid, const std::vector<addressed>& all);
  void carry_out(store::message_uid uid, const addressed& one);

  void hide(store::message_uid uid, std::string_view recipient, const std::string& rule);
  void unhide(store::message_uid uid, std::string_view recipient);
  void add_tags(store::message_uid uid, const std::vector<std::string>& tags);

  void put_off(model::instant at, due_work what, due_queue::order among);
  void run(model::instant at, due_work what);
  void deliver(model::instant at, due_work what, due_entries entries);
  void lose(const due_work& what);
  void send(model::instant at, const due_work& what, const due_mail& mail);
  // Changes one recipient's fate of a message that is still there.
  template <class Change>
  void alter_fate(store::message_uid uid, std::string_view recipient, Change change);
  void recount();

  store::store& messages_;
  mailboxes& boxes_;
  faults::judge& judge_;
  surroundings& around_;
  due_queue due_;
  std::map<std::string, model::instant> windows_;  // by rule: when its reordering ends
  std::uint64_t refused_ = 0;
  std::size_t octets_ = 0;
  store::usage* total_ = nullptr;
};

}  // namespace mailrig::delivery
