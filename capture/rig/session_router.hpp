// Decides which rig a session and each of its mails belong to, and asks that rig's judge.
//
// A fact of the connection (client address, HELO, user) moves the session once, when it is known
// and before its fault point. A recipient decides for its mail only: the first that a route names.
// What was decided before stays decided. It asks to be asked only where a route or a rule could say
// something, so that a plain mail pays for neither. One per session, owned by its recorder.
#pragma once

#include "capture/rig/rig.hpp"
#include "capture/rig/rig_table.hpp"
#include "capture/rig/rule_follower.hpp"
#include "capture/rig/session_record.hpp"
#include "faults/judge.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::rig {

// Who drives a session: it may have to ask the session anew what it waits for.
class rules_listener {
 public:
  virtual void rules_changed() = 0;

 protected:
  ~rules_listener() = default;
};

class session_router final : public faults::judge, private rule_follower {
 public:
  session_router(rig_table& table, rig& start);
  ~session_router() override;
  session_router(const session_router&) = delete;
  session_router& operator=(const session_router&) = delete;

  // Is told whenever the rules have changed, from now on; outlives this.
  void tell_of_rules(rules_listener& who) { listener_ = &who; }
  // Names the record that is listed in every rig that the session feeds. Call once, first.
  void follow(std::shared_ptr<session_record> record);

  [[nodiscard]] const faults::verdict* decide(const faults::event& event) override;
  void executed(const faults::firing& which, const faults::executed& how) override;
  void observe(faults::happening what, const faults::event& event) override;
  [[nodiscard]] std::optional<std::uint64_t> next_mark(faults::protocol talk, model::stage body,
                                                       std::uint64_t from) const override;
  [[nodiscard]] std::optional<model::duration> next_idle_mark(faults::protocol talk,
                                                              model::duration idle) const override;
  [[nodiscard]] faults::parsed_fact_set wanted_at(faults::protocol talk,
                                                  model::stage point) const override;

  // The rig of the session as it stands.
  [[nodiscard]] rig& home() const { return *home_; }
  // The rig that is concerned with what happens now.
  [[nodiscard]] rig& present() const { return is_in_transaction_ ? *transaction_rig_ : *home_; }
  // The rig of the transaction that is open or ended last.
  [[nodiscard]] rig& transaction_rig() const { return *transaction_rig_; }
  // The rig whose rules acted last; as long as none did, that in which the session began.
  [[nodiscard]] rig& acting() const { return *acting_; }
  // False if the rig was emptied since the transaction began.
  [[nodiscard]] bool is_of_this_epoch() const {
    return transaction_rig_->epoch() == transaction_epoch_;
  }
  // The mail is with its rig, or with its attempts.
  void transaction_ended(const model::id& mail);
  // The session's end, for each rig that it is listed in.
  void session_ended();

 private:
  void rules_changed() override;
  void ask_where_needed();
  [[nodiscard]] bool has_magic(const faults::event& event) const;
  void begin_transaction();
  void enter_transaction(rig& where);
  void route(const faults::event& event);
  void route_connection(const faults::event& event);
  void route_recipient(std::string_view forward_path);
  void move_to(rig& where, const faults::event& event);
  // Keeps a rig alive for as long as the session.
  void hold(rig& where);
  void list_in(rig& where);
  [[nodiscard]] bool is_listed_in(const rig& where) const;
  void leave(const rig& where);

  struct astray {
    rig* belonged_to;
    std::string recipient;
  };

  rig_table& table_;
  std::shared_ptr<rig> start_;
  rig* home_;
  rig* transaction_rig_;
  rig* acting_;
  rules_listener* listener_ = nullptr;
  std::uint64_t transaction_epoch_ = 0;
  bool has_moved_ = false;
  bool is_in_transaction_ = false;
  bool is_transaction_routed_ = false;
  bool is_magic_ = false;  // a recipient of the open transaction is
  bool has_fed_home_ = false;
  std::shared_ptr<session_record> record_;
  std::vector<std::shared_ptr<rig>> others_;  // beside start_: what the session has met
  std::vector<astray> astray_;                // of the open transaction
};

}  // namespace mailrig::rig
