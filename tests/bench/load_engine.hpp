// Drives all connections of a run on one epoll: connects, writes what the dialogues give, reads
// replies, keeps the number of connections up until every mail was tried or the time is over.
// Owned by main; single-threaded. Must never run past the time limit.
#pragma once

#include "tests/bench/dialogue.hpp"
#include "tests/bench/load_options.hpp"
#include "tests/bench/load_stats.hpp"
#include "tests/bench/mail_corpus.hpp"
#include "tests/bench/reply_reader.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mailrig::bench {

class load_engine {
 public:
  load_engine(const load_options& options, const mail_corpus& corpus, load_stats& stats);
  ~load_engine();
  load_engine(const load_engine&) = delete;
  load_engine& operator=(const load_engine&) = delete;

  // Returns when all is sent and answered, or at the time limit. Throws std::system_error when this
  // machine refuses epoll or sockets.
  void run();

 private:
  struct connection;

  void fill_slots();
  void open_in(std::size_t slot);
  bool may_open() const;
  void serve(std::uint64_t who);
  void read_from(connection& at);
  bool take_replies(connection& at);
  bool move(connection& at, next_move what);
  bool write_group(connection& at);
  bool write_rest(connection& at);
  void watch(connection& at, std::uint32_t events);
  void close_slot(connection& at);
  bool fail(connection& at, error_kind kind, const std::string& detail);
  bool hold(connection& at);
  void tell_when_all_held();
  void release_held();
  void note_unfinished();
  int milliseconds_left() const;

  const load_options& options_;
  const mail_corpus& corpus_;
  load_stats& stats_;
  int epoll_;
  std::vector<std::unique_ptr<connection>> slots_;
  std::vector<char> input_;
  std::size_t mails_begun_ = 0;
  std::size_t open_ = 0;
  bool waits_for_release_ = false;
  bool was_told_ = false;
  load_stats::clock::time_point deadline_{};
};

}  // namespace mailrig::bench
