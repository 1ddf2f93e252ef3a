#include "capture/pop3/session.hpp"

#include "capture/pop3/handlers.hpp"
#include "capture/pop3/replies.hpp"
#include "capture/pop3/reply_format.hpp"
#include "capture/wire/text.hpp"

#include <algorithm>
#include <utility>

namespace mailrig::pop3 {
namespace {

// Then they are sent before more input is taken.
constexpr std::size_t most_unsent_octets = std::size_t{64} * 1024;

}  // namespace

session::session(surroundings around, model::id id, peer client)
    : around_(around), id_(id), client_(std::move(client)) {
  facts_.id = id_;
  facts_.client_address = client_.address;
  facts_.client_port = client_.port;
  facts_.server_port = client_.server_port;
  facts_.server_name = around_.rules.host_name;
  happen(faults::happening::connection_opened, model::stage::connect);
  consider({model::stage::connect});
}

session::~session() {
  if (facts_.is_linked()) happen(faults::happening::connection_closed, model::stage::connect);
}

// Input

bool session::takes_input() const {
  return !closing_ && !play_ && !awaits_tls_ && errand_ == errand::none && !is_flowing() &&
         straight_.empty() && out_.size() < most_unsent_octets;
}

std::size_t session::feed(std::string_view octets) {
  std::size_t taken = 0;
  while (taken < octets.size() && takes_input()) {
    const std::size_t step = feed_line(octets.substr(taken));
    if (step == 0) break;
    taken += step;
  }
  if (taken > 0) idle_ = {};
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
  octets_taken_ += found.taken;
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
  facts_.is_pipelined = facts_.is_pipelined || !out_.empty();
  const bool is_first = std::exchange(is_first_line_, false);
  if (is_first && wire::looks_like_http(line)) return refuse_http();
  if (is_first && is_in_tls_) wire::note_trust(handshake_, around_.recorder);
  note_bare_lf(line);
  if (state_ == state::authenticating) return respond(text);
  const command_row* const row = find_command(verb);
  if (row == nullptr) {
    happen(faults::happening::command_unknown, model::stage::unknown);
    return consider({model::stage::unknown});
  }
  happen(faults::happening::command, row->point);
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

// RFC 1939 7: it has the form of a Message-ID and differs in every session.
std::string session::timestamp() const {
  return '<' + to_string(id_) + '@' + around_.rules.host_name + '>';
}

// Errands

void session::opened(model::opened_mailbox result) {
  errand_ = errand::none;
  if (result.refused) {
    user_.clear();
    who_ = {};
    if (!closing_) enter(state::authorization);
    reply_text_ = refusal_text(result);
    refuse({replies::negative, {}, reply_text_});
    return proceed();
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
  happen(faults::happening::pop3_login, model::stage::pass);
  answer(held_reply(wire::shown_name(result.name) + " has " + describe_mailbox()));
  proceed();
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
    answer({replies::negative, {}, reply_text_});
    return proceed();
  }
  const std::string_view bytes = mail->bytes();
  const auto lines = static_cast<std::size_t>(fetched_lines_);
  mail_writer writer(std::move(mail), is_top ? wire::top_of(bytes, lines) : bytes);
  const std::string octets = std::to_string(writer.octets()) + " octets";
  is_retr_ = !is_top;
  if (!suppresses_flow()) outflow_ = std::move(writer);
  answer(held_reply(octets));
  if (!is_top) {
    entry(fetched_number_).was_read = true;
    last_read_ = std::max(last_read_, fetched_number_);
  }
  play_ ? proceed() : flow();
}

void session::updated() {
  errand_ = errand::none;
  answer(held_reply("Bye"));
  give_up_after_errors();
  close(wire::farewell(around_.rules.linger));
  proceed();
}

}  // namespace mailrig::pop3
