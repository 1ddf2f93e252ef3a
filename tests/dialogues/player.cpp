#include "tests/dialogues/player.hpp"

#include "tests/dialogues/driver.hpp"
#include "tests/dialogues/expectation.hpp"
#include "tests/dialogues/rig_step.hpp"

#include <cstdio>
#include <map>
#include <set>
#include <utility>

namespace mailrig::dialogue {
namespace {

class conversation {
 public:
  conversation(const script& played, transport& over) : played_(played), over_(over) {}

  void play() {
    try {
      for (const step& each : played_.steps) {
        now_ = &each;
        connect(each.connection);
        carry_out(each);
      }
      now_ = nullptr;
      for (const std::size_t connection : connected_) expect_silence(connection);
      over_.finish();
    } catch (const script_error& error) {
      fail(error.what());
    } catch (const broken_promise& error) {
      fail(std::string("the session breaks its contract: ") + error.what());
    }
  }

 private:
  void connect(std::size_t connection) {
    const bool is_about_the_rig = now_->what == step::kind::expect ||
                                  now_->what == step::kind::rig || now_->what == step::kind::rules;
    if (is_about_the_rig || !connected_.insert(connection).second) return;
    over_.connect(connection, played_.protocol_of(connection));
  }

  void carry_out(const step& one) {
    switch (one.what) {
      case step::kind::say: return say(one);
      case step::kind::line: return expect_lines(one);
      case step::kind::closed: return expect_close(one);
      case step::kind::nothing_said: return expect_nothing(one);
      case step::kind::expect: return expect_kept(one);
      case step::kind::rig:
        log_ += "rig: " + one.text + '\n';
        return over_.inspect([&one](world& in) { carry_out_in_rig(one, in); });
      case step::kind::client_fin:
        write(one.connection, 'C', "<fin>");
        return over_.shut_down_sending(one.connection);
      case step::kind::client_reset:
        write(one.connection, 'C', "<reset>");
        return over_.reset(one.connection);
      case step::kind::client_tls:
        write(one.connection, 'C', one.tls.trusts ? "<tls>" : "<tls untrusting>");
        return over_.begin_tls(one.connection, one.tls);
      case step::kind::octets: return expect_octets(one);
      case step::kind::rules: return replace_rules(one);
      case step::kind::pass_time:
        log_ += "clock: +" + std::to_string(one.time.count()) + "ms\n";
        return over_.pass_time(one.time);
      case step::kind::pass_real_time:
        log_ += "real: +" + std::to_string(one.time.count()) + "ms\n";
        return over_.pass_real_time(one.time);
      case step::kind::shut_down: log_ += "server: shutdown\n"; return over_.shut_down_server();
    }
  }

  void say(const step& one) {
    expect_silence(one.connection);
    write(one.connection, 'C', printable(one.text));
    over_.say(one.connection, one.text);
  }

  void expect_lines(const step& one) {
    if (one.times == 0) return expect_some_lines(one);
    for (std::size_t i = 0; i < one.times; ++i) {
      const auto line = take_line(one.connection);
      if (!line) fail("the server says nothing");
      write(one.connection, 'S', printable(*line));
      if (!matches(one.text, *line, captured_)) fail("the server says something else");
    }
  }

  // The first line that does not fit is left to the next step.
  void expect_some_lines(const step& one) {
    for (std::size_t met = 0;; ++met) {
      auto line = take_line(one.connection);
      if (!line) return fail("the server says nothing");
      if (!matches(one.text, *line, captured_)) {
        left_[one.connection] = std::move(line);
        if (met == 0) fail("the server says something else");
        return;
      }
      write(one.connection, 'S', printable(*line));
    }
  }

  void expect_octets(const step& one) {
    const std::string octets = over_.take_octets(one.connection, one.text.size());
    write(one.connection, 'S', printable(octets));
    if (octets != one.text) fail("the server says other octets");
  }

  void replace_rules(const step& one) {
    log_ += "rules: " + one.text + '\n';
    std::vector<std::uint64_t> gone;
    over_.inspect([&](world& in) { gone = in.replace_rules(one.text); });
    if (!gone.empty()) over_.release(gone);
  }

  std::optional<std::string> take_line(std::size_t connection) {
    if (auto& left = left_[connection]) return std::exchange(left, std::nullopt);
    return over_.take_line(connection);
  }

  void expect_close(const step& one) {
    const transport::ending expected{one.mode, one.says_close_notify};
    const auto seen = over_.await_close(one.connection, expected);
    expect_silence(one.connection);
    if (!seen) fail("the connection is still open");
    const model::close_mode mode = *seen->mode;
    write(one.connection, 'S', '<' + std::string(to_string(mode)) + '>');
    const bool is_reset = mode == model::close_mode::reset;
    const bool shall_be_reset = one.mode == model::close_mode::reset;
    if (is_reset != shall_be_reset) fail("the connection is closed in another way");
    if (one.mode && mode != *one.mode) fail("the connection is closed in another mode");
    if (one.mode && model::ends_in_fin(mode) && seen->says_close_notify != one.says_close_notify)
      fail(seen->says_close_notify ? "the end is announced by close_notify"
                                   : "the end is not announced by close_notify");
  }

  void expect_nothing(const step& one) {
    over_.settle(one.connection);
    expect_silence(one.connection);
    if (over_.is_closed(one.connection)) fail("the connection is closed");
    write(one.connection, 'S', "<nothing>");
  }

  void expect_silence(std::size_t connection) {
    const auto& left = left_[connection];
    const std::string more = left ? *left + "\r\n" : over_.untaken(connection);
    if (more.empty()) return;
    write(connection, 'S', printable(more));
    fail("the server says more than the dialogue has");
  }

  void expect_kept(const step& one) {
    std::optional<std::string> difference;
    const auto look = [&](world& in) {
      difference = find_difference(one.text, in, captured_);
      return !difference;
    };
    // A rule may act by real time.
    if (one.text.starts_with("hits ")) over_.inspect_until(look);
    over_.inspect(look);
    if (difference) fail(*difference);
    log_ += "M: " + one.text + '\n';
  }

  void write(std::size_t connection, char who, const std::string& text) {
    log_ += who;
    if (connection != 1) log_ += std::to_string(connection);
    log_ += ": " + text + '\n';
  }

  [[noreturn]] void fail(const std::string& why) {
    std::string message = "\n" + log_;
    if (now_ == nullptr) throw dialogue_failure(message + "at the end of the dialogue: " + why);
    message += played_.name + ".dialogue:" + std::to_string(now_->line_number) + ": expected '" +
               printable(now_->text) + "': " + why;
    throw dialogue_failure(message);
  }

  const script& played_;
  transport& over_;
  const step* now_ = nullptr;
  std::string log_;
  std::set<std::size_t> connected_;
  std::map<std::size_t, std::optional<std::string>> left_;  // taken, and not yet expected
  captured_words captured_;
};

}  // namespace

std::string printable(std::string_view octets) {
  constexpr std::size_t most = 400;
  std::string result;
  for (const char octet : octets.substr(0, most)) {
    const auto value = static_cast<unsigned char>(octet);
    char escaped[8];
    std::snprintf(escaped, sizeof escaped, "\\x%02x", value);
    if (octet == '\r') {
      result += "\\r";
    } else if (octet == '\n') {
      result += "\\n";
    } else if (value < 0x20 || value >= 0x7F) {
      result += escaped;
    } else {
      result += octet;
    }
  }
  if (octets.size() > most) result += "… (" + std::to_string(octets.size()) + " octets)";
  return result;
}

void play(const script& played, transport& over) {
  conversation(played, over).play();
}

}  // namespace mailrig::dialogue
