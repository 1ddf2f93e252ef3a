// The client's side of one SMTP session as a plain object: replies in, groups of octets out.
// One per connection, owned by the engine. Knows no socket; must never send past a reply that it
// still has to see (RFC 2920 3.1: DATA and QUIT end a group).
#pragma once

#include "tests/bench/load_options.hpp"
#include "tests/bench/load_stats.hpp"
#include "tests/bench/mail_corpus.hpp"
#include "tests/bench/reply_reader.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace mailrig::bench {

enum class stage { greeting, hello, reverse_path, forward_path, data, content, quit };

// What goes out in one write: at most the end of a mail and the commands of the next.
struct outgoing {
  std::array<std::string_view, 7> parts{};
  std::size_t count = 0;
};

enum class next_move { read, write, hold, finish, give_up };

struct mail_range {
  std::uint32_t first_serial;
  std::size_t count;
};

class dialogue {
 public:
  dialogue(const workload& work, const mail_corpus& corpus, load_stats& stats, mail_range mails);

  // Checks one reply and tells the engine how to go on. Errors are noted in the stats.
  next_move take(const reply& got);

  // The octets that next_move::write asks for. They live until the next call.
  outgoing next_group();

  // How the session stands in an error text: "at mail 3 of 10, after DATA".
  std::string where() const;

 private:
  next_move after_reply(stage answered);
  void add(outgoing& group, stage what);
  void add_content(outgoing& group);
  [[nodiscard]] std::string_view content_for(std::uint32_t serial) const;
  void count_accepted();
  stage following(stage done) const;
  bool ends_group(stage last) const;

  const workload& work_;
  const mail_corpus& corpus_;
  load_stats& stats_;
  mail_header header_;
  mail_range mails_;
  std::string chunk_command_;
  std::size_t contents_sent_ = 0;
  std::size_t accepted_ = 0;
  stage upcoming_ = stage::hello;
  std::deque<stage> awaited_{stage::greeting};
  // Pipelined, MAIL of the next mail goes out before the reply to this one: two are under way.
  std::array<load_stats::clock::time_point, 2> mail_sent_at_{};
};

}  // namespace mailrig::bench
