#include "tests/bench/dialogue.hpp"

namespace mailrig::bench {
namespace {

constexpr std::string_view ehlo_command = "EHLO client.bench.test\r\n";
constexpr std::string_view data_command = "DATA\r\n";
constexpr std::string_view quit_command = "QUIT\r\n";

struct expectation {
  std::string_view after;
  int code;
};

expectation expected(stage awaited) {
  switch (awaited) {
    case stage::greeting: return {"connect", 220};
    case stage::hello: return {"EHLO", 250};
    case stage::reverse_path: return {"MAIL", 250};
    case stage::forward_path: return {"RCPT", 250};
    case stage::data: return {"DATA", 354};
    case stage::content: return {"end of data", 250};
    case stage::quit: return {"QUIT", 221};
  }
  return {"nothing", 0};
}

}  // namespace

dialogue::dialogue(const workload& work, const mail_corpus& corpus, load_stats& stats,
                   mail_range mails)
    : work_(work), corpus_(corpus), stats_(stats), header_(corpus.header()), mails_(mails) {}

next_move dialogue::take(const reply& got) {
  if (awaited_.empty()) {
    stats_.note_error(error_kind::unexpected_reply,
                      where() + ": a reply that nothing asked for: " + got.last_line);
    return next_move::give_up;
  }
  const auto wanted = expected(awaited_.front());
  if (got.code != wanted.code) {
    stats_.note_error(
        error_kind::wrong_reply,
        where() + ": expected " + std::to_string(wanted.code) + ", got: " + got.last_line);
    return next_move::give_up;
  }
  const auto answered = awaited_.front();
  awaited_.pop_front();
  return after_reply(answered);
}

next_move dialogue::after_reply(stage answered) {
  if (answered == stage::content) count_accepted();
  if (answered == stage::quit) return next_move::finish;
  if (!awaited_.empty()) return next_move::read;
  const bool holds = work_.held == holding::until_released;
  return answered == stage::hello && holds ? next_move::hold : next_move::write;
}

void dialogue::count_accepted() {
  const auto serial = mails_.first_serial + static_cast<std::uint32_t>(accepted_);
  const auto& sent = corpus_.body_for(serial);
  const auto on_wire = content_for(serial).size();
  // A chunk is stored as it is.
  const auto stored = work_.by == transfer::bdat ? on_wire : sent.stored_octets;
  const auto header_octets = header_.text().size();
  stats_.note_accepted(load_stats::clock::now() - mail_sent_at_[accepted_ % 2],
                       header_octets + stored, header_octets + on_wire);
  ++accepted_;
}

outgoing dialogue::next_group() {
  outgoing group;
  stage last{};
  do {
    last = upcoming_;
    add(group, last);
    awaited_.push_back(last);
    upcoming_ = following(last);
  } while (!ends_group(last));
  return group;
}

void dialogue::add(outgoing& group, stage what) {
  const auto put = [&group](std::string_view text) { group.parts[group.count++] = text; };
  const auto serial = mails_.first_serial + static_cast<std::uint32_t>(contents_sent_);
  switch (what) {
    case stage::greeting: break;
    case stage::hello: put(ehlo_command); break;
    case stage::reverse_path:
      mail_sent_at_[contents_sent_ % 2] = load_stats::clock::now();
      put(corpus_.mail_command());
      break;
    case stage::forward_path: put(corpus_.rcpt_command(serial)); break;
    case stage::data: put(data_command); break;
    case stage::content: add_content(group); break;
    case stage::quit: put(quit_command); break;
  }
}

void dialogue::add_content(outgoing& group) {
  const auto serial = mails_.first_serial + static_cast<std::uint32_t>(contents_sent_);
  header_.stamp(serial);
  const auto content = content_for(serial);
  if (work_.by == transfer::bdat) {
    chunk_command_ = "BDAT " + std::to_string(header_.text().size() + content.size()) + " LAST\r\n";
    group.parts[group.count++] = chunk_command_;
  }
  group.parts[group.count++] = header_.text();
  group.parts[group.count++] = content;
  ++contents_sent_;
}

// A chunk needs no final dot.
std::string_view dialogue::content_for(std::uint32_t serial) const {
  constexpr std::string_view final_dot = ".\r\n";
  std::string_view content = corpus_.body_for(serial).wire;
  if (work_.by == transfer::bdat) content.remove_suffix(final_dot.size());
  return content;
}

stage dialogue::following(stage done) const {
  switch (done) {
    case stage::greeting: return stage::hello;
    case stage::hello: return stage::reverse_path;
    case stage::reverse_path: return stage::forward_path;
    case stage::forward_path: return work_.by == transfer::bdat ? stage::content : stage::data;
    case stage::data: return stage::content;
    case stage::content: return contents_sent_ < mails_.count ? stage::reverse_path : stage::quit;
    case stage::quit: break;
  }
  return stage::quit;
}

bool dialogue::ends_group(stage last) const {
  if (work_.pipelined == pipelining::off) return true;
  return last == stage::hello || last == stage::data || last == stage::quit;
}

std::string dialogue::where() const {
  const auto after = awaited_.empty() ? "all replies" : expected(awaited_.front()).after;
  const auto serial = mails_.first_serial + accepted_;
  return "mail " + std::to_string(serial + 1) + ", after " + std::string(after);
}

}  // namespace mailrig::bench
