#include "capture/pop3/session.hpp"

#include "capture/pop3/handlers.hpp"
#include "capture/pop3/replies.hpp"
#include "capture/pop3/reply_format.hpp"
#include "capture/wire/text.hpp"

#include <algorithm>
#include <utility>

namespace mailrig::pop3 {
namespace {

constexpr std::size_t read_at_most = std::size_t{16} * 1024;
// Then they are sent before more input is taken.
constexpr std::size_t most_unsent_octets = std::size_t{64} * 1024;
constexpr std::size_t most_entries_said = 100;

}  // namespace

session::session(surroundings around, model::id id, peer client)
    : around_(around), id_(id), client_(std::move(client)) {
  consider({model::stage::connect});
}

// Input

bool session::takes_input() const {
  return !closing_ && !pause_ && !awaits_tls_ && errand_ == errand::none && outflow_.index() == 0 &&
         straight_.empty() && out_.size() < most_unsent_octets;
}

std::size_t session::feed(std::string_view octets) {
  std::size_t taken = 0;
  while (taken < octets.size() && takes_input()) {
    const std::size_t step = feed_line(octets.substr(taken));
    if (step == 0) break;
    taken += step;
  }
  return taken;
}

// RFC 4954 4: AUTH and its responses may be longer than other lines.
std::size_t session::line_limit() const {
  return state_ == state::authenticating ? around_.rules.max_auth_line
                                         : around_.rules.max_command_line;
}

std::size_t session::feed_line(std::string_view octets) {
  const bool may_be_tls = is_first_line_ && !is_in_tls_ && !lines_.is_discarding();
  if (may_be_tls && wire::looks_like_tls(octets)) {
    refuse_tls();
    return octets.size();
  }
  using what = wire::line_reader::found::what;
  const wire::line_reader::found found = lines_.read(octets, line_limit());
  if (found.kind == what::line) execute(found.line);
  if (found.kind == what::overlong) {
    is_first_line_ = false;
    if (state_ == state::authenticating) end_exchange();
    around_.recorder.said(model::direction::from_client, "(overlong command line, not kept)\r\n");
    refuse(replies::line_too_long);
  }
  return found.taken;
}

void session::end_exchange() {
  forget_login();
  enter(state::authorization);
}

void session::refuse_tls() {
  around_.recorder.noted("tls_on_plain_port", "The client began a TLS handshake on a plain port");
  close_after(replies::speaks_tls);
}

void session::refuse_http() {
  around_.recorder.noted("http_on_pop3_port", "The client speaks HTTP on a POP3 port");
  close_after(replies::speaks_http);
}

void session::note_bare_lf(std::string_view line) {
  if (uses_bare_lf_ || line.ends_with("\r\n")) return;
  uses_bare_lf_ = true;
  around_.recorder.noted("bare_lf", "Command lines end in a bare LF instead of CRLF (RFC 1939 3)");
}

// What may be a password is not kept: responses, and what stands behind PASS and behind the
// mechanism of AUTH.
void session::note_line(std::string_view line, std::string_view verb) {
  const std::string_view text = wire::without_line_end(line);
  std::size_t shown = text.size();
  if (state_ == state::authenticating) shown = 0;
  if (wire::equals_ignoring_case(verb, "PASS")) shown = std::min(text.size(), verb.size() + 1);
  if (wire::equals_ignoring_case(verb, "AUTH"))
    shown = std::min(text.find(' ', verb.size() + 1), text.size() - 1) + 1;
  const std::size_t hidden = text.size() - std::min(shown, text.size());
  const bool is_secret = hidden > 0 && text != "*" && !around_.rules.shows_secrets;
  if (!is_secret) return around_.recorder.said(model::direction::from_client, line);
  around_.recorder.said(model::direction::from_client,
                        std::string(text.substr(0, shown)) + '<' + std::to_string(hidden) +
                            " octets masked>" + std::string(line.substr(text.size())));
}

// Commands

void session::execute(std::string_view line) {
  const std::string_view text = wire::without_line_end(line);
  const std::string_view verb = text.substr(0, text.find(' '));
  note_line(line, verb);
  if (std::exchange(is_first_line_, false) && wire::looks_like_http(line)) return refuse_http();
  note_bare_lf(line);
  if (state_ == state::authenticating) return respond(text);
  const command_row* const row = find_command(verb);
  if (row == nullptr) return refuse(replies::unrecognised);
  command_ = {};
  command_.password = text.substr(std::min(text.size(), verb.size() + 1));
  command_.argument = wire::trim(command_.password);
  run(*row);
}

void session::run(const command_row& row) {
  if ((row.states & in(state_)) == 0) return refuse(out_of_state(row));
  if (const auto wrong = row.parse(command_)) return refuse(*wrong);
  consider({row.point, &row});
}

const model::reply& session::out_of_state(const command_row& row) const {
  if (state_ == state::transaction) return replies::logged_in_already;
  return *row.too_early;
}

// The one place where a fault can act: before the reply is chosen.
void session::consider(crossing where) {
  constexpr faults::protocol talk = faults::protocol::pop3;
  if (!around_.judge.is_asked_at(talk, where.point)) return conclude(where, faults::no_verdict);
  const bool is_logged_in = state_ == state::transaction;
  const faults::verdict* verdict =
      around_.judge.decide({.point = where.point,
                            .client_address = client_.address,
                            .path = user_,
                            .user = is_logged_in ? std::string_view(user_) : std::string_view{},
                            .talk = talk});
  if (verdict == nullptr) return conclude(where, faults::no_verdict);
  if (verdict->delay.count() == 0) return conclude(where, *verdict);
  pause_at(where, *verdict);
}

// The line will be gone when the pause is over: a copy is kept and taken apart again.
void session::pause_at(crossing where, const faults::verdict& verdict) {
  pause_ = pause{verdict.delay, where, verdict};
  if (where.row == nullptr) return;
  held_line_ = command_.password;  // with its blanks
  command_ = {};
  command_.password = held_line_;
  command_.argument = wire::trim(command_.password);
  (void)where.row->parse(command_);
}

void session::conclude(crossing where, const faults::verdict& verdict) {
  const bool is_silent = verdict.close && !verdict.reply;
  if (!is_silent) reply_to(where, verdict.reply ? *verdict.reply : own_reply(where));
  if (verdict.close) close(*verdict.close);
}

void session::reply_to(crossing where, const model::reply& reply) {
  const bool is_response =
      where.point == model::stage::auth_continue || where.point == model::stage::auth_result;
  if (where.row != nullptr) where.row->settle(*this, reply);
  if (is_response) handlers::settle_authentication(*this, reply);
  if (errand_ != errand::none) {
    held_text_ = reply.text;
    held_code_ = reply.code;
    return;
  }
  if (reply.code == 0) return go_on_from(where.point);
  answer(reply);
  give_up_after_errors();
  flow();
  if (where.point == model::stage::update) close(model::close_mode::fin_drain);
}

// Where nothing is said yet: the greeting and the end of an exchange have their own points.
void session::go_on_from(model::stage point) {
  if (point == model::stage::tls_handshake) return;
  if (point == model::stage::auth_start) return consider({model::stage::auth_result});
  if (around_.rules.tls != tls_mode::implicit) return consider({model::stage::greeting});
  awaits_tls_ = true;
}

model::reply session::own_reply(crossing where) {
  if (where.row != nullptr) return where.row->decide(*this);
  if (where.point == model::stage::connect || where.point == model::stage::tls_handshake) return {};
  if (where.point == model::stage::auth_continue || where.point == model::stage::auth_result)
    return handlers::tell_outcome(*this);
  if (where.point == model::stage::update) return held_reply("Bye");
  reply_text_ = "mailrig is ready " + timestamp();
  return {replies::positive, {}, reply_text_};
}

// RFC 1939 7: it has the form of a Message-ID and differs in every session.
std::string session::timestamp() const {
  return '<' + to_string(id_) + '@' + around_.rules.host_name + '>';
}

model::reply session::held_reply(std::string_view own_text) {
  reply_text_ = held_text_.empty() ? own_text : held_text_;
  return {held_code_, {}, reply_text_};
}

// Errands

void session::opened(model::opened_mailbox result) {
  errand_ = errand::none;
  if (result.refused) {
    user_.clear();
    who_ = {};
    if (!closing_) enter(state::authorization);
    reply_text_ = refusal_text(result);
    return refuse({replies::negative, {}, reply_text_});
  }
  listing_ = std::move(result.entries);
  message_count_ = listing_.size();
  for (std::size_t i = 0; i < listing_.size(); ++i) {
    octet_count_ += listing_[i].octets;
    if (listing_[i].was_read) last_read_before_ = i + 1;
  }
  last_read_ = last_read_before_;
  around_.recorder.authenticated(who_);
  if (!closing_) enter(state::transaction);
  answer(held_reply(wire::shown_name(result.name) + " has " + describe_mailbox()));
}

std::string session::refusal_text(const model::opened_mailbox& result) const {
  const std::string name = wire::shown_name(result.name);
  switch (*result.refused) {
    case model::mailbox_refusal::in_use:
      return "[IN-USE] Another session has " + name + " open (--pop3-share lets several in)";
    case model::mailbox_refusal::login_delay:
      return "[LOGIN-DELAY] The last login to " + name + " was less than " +
             std::to_string(around_.rules.mailboxes.login_delay.count() / 1000) +
             " s ago (--pop3-login-delay)";
    case model::mailbox_refusal::unknown:
      return "[AUTH] No mail came for " + name + " (--pop3-strict refuses such a login)";
    case model::mailbox_refusal::ambiguous:
      return "[AUTH] This name could mean " + name + "; log in with the whole address";
    case model::mailbox_refusal::no_memory: break;
  }
  return std::string(replies::no_memory.text);
}

std::string session::describe_mailbox() const {
  return std::to_string(message_count_) + (message_count_ == 1 ? " message (" : " messages (") +
         std::to_string(octet_count_) + " octets)";
}

void session::fetched(model::mail_ref mail) {
  const bool is_top = std::exchange(errand_, errand::none) == errand::fetch_top;
  if (!mail) {
    reply_text_ = "[SYS/TEMP] Message " + std::to_string(fetched_number_) +
                  " was deleted or evicted from mailrig since you logged in";
    return answer({replies::negative, {}, reply_text_});
  }
  const std::string_view bytes = mail->bytes();
  const auto lines = static_cast<std::size_t>(fetched_lines_);
  mail_writer writer(std::move(mail), is_top ? wire::top_of(bytes, lines) : bytes);
  answer(held_reply(std::to_string(writer.octets()) + " octets"));
  if (!is_top) {
    entry(fetched_number_).was_read = true;
    last_read_ = std::max(last_read_, fetched_number_);
  }
  outflow_ = std::move(writer);
  flow();
}

void session::updated() {
  errand_ = errand::none;
  consider({model::stage::update});
}

// Output

void session::answer(const model::reply& reply) {
  const std::size_t begin = out_.size();
  append_reply(out_, reply);
  around_.recorder.said(model::direction::to_client, std::string_view(out_).substr(begin));
}

// A refusal that is the client's own fault; too many of them end the session.
void session::refuse(const model::reply& reply) {
  ++errors_;
  answer(reply);
  give_up_after_errors();
}

void session::give_up_after_errors() {
  if (errors_ >= around_.rules.max_errors && !closing_) close_after(replies::too_many_errors);
}

void session::close_after(const model::reply& reply) {
  answer(reply);
  close(model::close_mode::fin_drain);
}

void session::close(model::close_mode mode) {
  enter(state::closing);
  closing_ = mode;
}

void session::flow() {
  if (auto* const listing = std::get_if<listing_writer>(&outflow_)) {
    flow_listing(*listing);
  } else if (auto* const mail = std::get_if<mail_writer>(&outflow_)) {
    flow_mail(*mail);
  }
}

// A short listing is part of the transcript; of a long one it is said that it was sent.
void session::flow_listing(listing_writer& from) {
  const bool is_short = message_count_ <= most_entries_said;
  const std::size_t begin = out_.size();
  const bool is_done = from.write(out_, most_unsent_octets);
  if (is_short)
    around_.recorder.said(model::direction::to_client, std::string_view(out_).substr(begin));
  if (!is_done) return;
  outflow_ = {};
  if (!is_short) around_.recorder.listing_sent(message_count_);
}

void session::flow_mail(mail_writer& from) {
  straight_ = from.write(out_, most_unsent_octets);
  if (!from.is_done()) return;
  around_.recorder.body_sent(from.octets());
  // What is left of it lies in `out_`.
  outflow_ = {};
}

wire::action session::next() {
  switch (errand_) {
    case errand::none: break;
    case errand::open: return wire::open_mailbox{user_, &around_.rules.mailboxes};
    case errand::fetch_whole:
      return wire::fetch{&entry(fetched_number_), wire::fetch::extent::whole};
    case errand::fetch_top: return wire::fetch{&entry(fetched_number_), wire::fetch::extent::top};
    case errand::update: return wire::update{&listing_};
  }
  if (!out_.empty()) {
    const bool closes = straight_.empty() && outflow_.index() == 0 && !pause_ && closing_;
    return wire::send{out_, closes && model::ends_in_fin(*closing_)};
  }
  if (!straight_.empty()) return wire::send{straight_};
  if (pause_) return wire::wait{pause_->time, wire::wait::input::keep};
  if (closing_) return wire::close{*closing_, around_.rules.linger};
  if (awaits_tls_) return start_tls();
  return wire::need_input{read_at_most, around_.rules.idle_timeout};
}

void session::sent() {
  if (out_.empty()) {
    straight_ = {};
  } else {
    constexpr std::size_t kept_capacity = 512;
    const bool is_flowing = outflow_.index() != 0;
    if (!is_flowing && out_.capacity() > kept_capacity) out_ = {};
    out_.clear();
  }
  if (straight_.empty()) flow();
}

void session::elapsed() {
  const pause over = *std::exchange(pause_, std::nullopt);
  conclude(over.where, over.verdict);
}

void session::peer_closed(wire::peer_end how) {
  pause_.reset();
  errand_ = errand::none;
  outflow_ = {};
  straight_ = {};
  if (closing_ && how != wire::peer_end::reset) return;
  if (is_mute()) return close(model::close_mode::fin_drain);
  switch (how) {
    // RFC 1939 3: without a response, and without deleting anything.
    case wire::peer_end::timeout:
    case wire::peer_end::session_limit: return close(model::close_mode::fin_drain);
    case wire::peer_end::shutdown: return close_after(replies::shutting_down);
    case wire::peer_end::fin: return close(model::close_mode::fin_drain);
    case wire::peer_end::reset: out_.clear(); return close(model::close_mode::abrupt);
  }
}

}  // namespace mailrig::pop3
