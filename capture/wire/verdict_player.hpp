// Carries out one verdict of the fault rules in a session: what is said, in which pieces and when,
// and how it ends (faults.md 6.3, decision 0010).
//
// Owned by a session from the point at which the rules decided until everything is done. The
// session asks for the next action like the driver asks the session; it stays the only one that
// knows what a reply means. Knows no protocol, no socket and no timer. Holds one reply at a time.
#pragma once

#include "capture/wire/action.hpp"
#include "capture/wire/malformed.hpp"
#include "faults/judge.hpp"
#include "faults/verdict.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mailrig::wire {

// How a connection is closed, and how long nothing is read before that.
struct ending {
  close how{};
  model::duration hold{0};
};

// The end that QUIT asks for.
[[nodiscard]] inline ending farewell(model::duration linger) {
  return {{.mode = model::close_mode::fin_drain, .linger = linger, .is_farewell = true}};
}

class verdict_player {
 public:
  struct manner {
    reply_manner replies = reply_manner::numbers;
    model::duration linger{0};  // where the rule says none
    // What the reply means is done at once, and the rest of the verdict behind it: a mail whose 250
    // is late or lost is stored all the same (RFC 1047).
    bool settles_first = false;
  };
  verdict_player(const faults::verdict& decided, const manner& how);

  [[nodiscard]] const faults::verdict& decided() const { return decided_; }
  // Whether a rule of it is among them; empty: all rules.
  [[nodiscard]] bool is_of(std::span<const std::uint64_t> rules) const;

  // The session now says what the point means and gives the octets of the reply, the rule's if
  // there is one. False, too, where the verdict ends the session without any.
  [[nodiscard]] bool wants_reply() const;
  [[nodiscard]] const model::reply* reply() const;
  // What the rule makes of the octets of one reply; empty octets mean that nothing is to be said.
  // `is_last` false: it is the first line of something longer.
  [[nodiscard]] std::string shaped(std::string reply, bool is_last = true) const;
  // What the rule says behind the reply, line ends and all. `shaped` has added it where the reply
  // is over; whoever gives more adds it to the last octets.
  [[nodiscard]] std::string extras_behind() const;
  // No reply to the point is said, whatever it means.
  [[nodiscard]] bool is_mute() const { return is_mute_; }
  // The session has said what the point means.
  [[nodiscard]] bool was_given() const { return is_given_; }
  // It has, and not all octets of the reply have left.
  [[nodiscard]] bool owes_reply() const { return is_given_ && sent_ < octets_.size(); }
  // True if they go out in one piece and nothing stands before them: the session may send them
  // together with others.
  [[nodiscard]] bool is_plain() const;
  // The reply, not shaped yet. `is_last` false: what stands behind it is asked for by wants_more().
  void give(std::string reply, bool is_last = true);
  void give_more(std::string octets, bool is_last);
  [[nodiscard]] bool wants_more() const;
  // What the point means ends the verdict in another way than its steps say: behind the reply come
  // these octets, and then the end; a stall of `silence` before that.
  void end_with(std::string octets, const ending& how, model::duration silence = {});
  // The session has sent so many octets of it itself.
  void said_elsewhere(std::size_t octets);

  // What the driver does next; nothing if the session has to go on: with the reply, with the
  // ending, or without this verdict.
  [[nodiscard]] std::optional<action> next() const;
  void elapsed();
  void sent();
  // The rule is gone: what it makes the session wait for ends, and so does the rest of it.
  // False if it waited for nothing.
  bool release();

  [[nodiscard]] const ending* closing() const;
  [[nodiscard]] bool is_over() const { return entries_.empty(); }

  // Octets of the reply that left so far.
  [[nodiscard]] std::string said() const { return octets_.substr(0, sent_) + noise_; }
  [[nodiscard]] std::uint64_t octets_written() const { return written_ + sent_; }
  [[nodiscard]] std::string_view way_it_ended() const { return way_it_ended_; }

 private:
  struct pause {
    model::duration time;
    wait::input reading = wait::input::keep;
    std::optional<std::variant<faults::close, faults::go_on>> then;  // of a stall
    bool is_end_of_all = false;  // of stop_reading with nothing behind it: the session ends
  };
  struct words {};  // the reply
  struct noise {
    std::string octets;
  };
  using entry = std::variant<pause, set_pace, words, noise, ending>;

  void plan();
  void plan(const faults::step& one);
  [[nodiscard]] std::size_t place_of_reply() const;
  [[nodiscard]] bool keeps_mail_without_reply() const;
  void mark_last_stop();
  [[nodiscard]] bool ends_before_words() const;
  [[nodiscard]] ending ending_of(const faults::close& how) const;
  template <typename Entry>
  [[nodiscard]] const Entry* front() const {
    return entries_.empty() ? nullptr : std::get_if<Entry>(&entries_.front());
  }
  [[nodiscard]] std::size_t size_of_piece() const;
  void next_entry();
  void skip_empty_words();

  faults::verdict decided_;
  manner manner_;
  std::vector<entry> entries_;  // what is left of it, the next one first
  std::size_t piece_ = 0;       // octets of one; 0: all at once
  model::duration gap_{0};
  bool is_given_ = false;  // the session has said what the point means
  bool is_mute_ = false;   // the reply is not said
  bool is_last_ = true;    // no more octets of it come
  bool is_in_gap_ = false;
  std::string octets_;
  std::string unsaid_;  // the reply that is not said, should the rule go
  std::string noise_;   // that left behind it
  std::size_t sent_ = 0;
  std::uint64_t written_ = 0;  // of octets that were given before
  std::string_view way_it_ended_ = "done";
};

}  // namespace mailrig::wire
