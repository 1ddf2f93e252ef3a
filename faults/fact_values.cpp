#include "faults/fact_values.hpp"

#include "capture/model/line_facts.hpp"
#include "faults/draw.hpp"
#include "faults/duration_text.hpp"
#include "faults/mail_header.hpp"
#include "faults/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <vector>

namespace mailrig::faults {
namespace {

constexpr std::size_t longest_key = 512;

// Each accepted recipient, and at RCPT the one in question.
template <typename Visit>
void for_each_recipient(const event& facts, Visit visit) {
  if (facts.envelope != nullptr) {
    for (const model::recipient& each : facts.envelope->recipients) {
      if (each.is_accepted() && visit(std::string_view(each.address))) return;
    }
  }
  if (facts.point == model::stage::rcpt) visit(facts.path);
}

// "SIZE=1234" among the parameters of MAIL; nothing if it is not there.
std::optional<std::string_view> parameter(const event& facts, std::string_view name) {
  std::string_view rest = facts.point == model::stage::mail ? facts.parameters
                          : facts.envelope != nullptr ? std::string_view(facts.envelope->parameters)
                                                      : std::string_view{};
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (word.size() > name.size() && word[name.size()] == '=' && starts_folded(word, name))
      return word.substr(name.size() + 1);
  }
  return std::nullopt;
}

std::optional<std::string_view> unless_empty(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return text;
}

std::optional<std::string_view> session_text(fact id, const session_facts* session) {
  if (session == nullptr) return std::nullopt;
  switch (id) {
    case fact::server_name: return unless_empty(session->server_name);
    case fact::tls_version: return unless_empty(session->tls_version);
    case fact::tls_cipher: return unless_empty(session->tls_cipher);
    case fact::tls_sni: return unless_empty(session->tls_sni);
    case fact::tls_versions: return unless_empty(session->tls_versions);
    default: return std::nullopt;
  }
}

// Of the event, or else of what the session keeps.
std::optional<std::string_view> auth_text(fact id, const event& facts) {
  const bool is_user = id == fact::auth_user;
  if (facts.auth != nullptr) return is_user ? facts.auth->user : facts.auth->mechanism;
  if (is_user && !facts.user.empty()) return facts.user;
  if (is_user && facts.talk == protocol::pop3) return unless_empty(facts.path);
  if (facts.session == nullptr) return std::nullopt;
  return unless_empty(is_user ? facts.session->auth_user : facts.session->auth_mechanism);
}

std::optional<std::int64_t> auth_succeeded(const event& facts) {
  if (!facts.user.empty()) return 1;
  if (facts.auth != nullptr) return 0;
  if (facts.session == nullptr || !facts.session->auth_result) return std::nullopt;
  return *facts.session->auth_result ? 1 : 0;
}

std::string_view extension_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : name.substr(dot + 1);
}

std::string_view attachment_text(fact id, const attachment_facts& attachment) {
  if (id == fact::attachment_any_name) return attachment.name;
  return id == fact::attachment_any_type ? attachment.type : extension_of(attachment.name);
}

// The field that a fact of the header is read from.
std::string_view field_of(const fact_name& what) {
  switch (what.id) {
    case fact::header_from_address: return "from";
    case fact::message_id: return "message-id";
    case fact::list_unsubscribe: return "list-unsubscribe";
    default: return what.header;
  }
}

void visit_fields(const fact_name& what, const event& facts, text_visitor& visitor) {
  const std::string_view name = field_of(what);
  header_fields fields(facts.message);
  while (fields.next()) {
    if (!equals_folded(fields.name(), name)) continue;
    const bool is_address = what.id == fact::header_from_address;
    if (visitor.visit(is_address ? address_in(fields.value()) : fields.value())) return;
  }
}

std::optional<std::int64_t> session_number(fact id, const session_facts& session,
                                           model::instant now) {
  switch (id) {
    case fact::client_port: return session.client_port;
    case fact::server_port: return session.server_port;
    case fact::tls: return session.has_tls ? 1 : 0;
    // A clock that was put back makes nobody younger than new.
    case fact::session_age:
      return std::max(now - session.began_at + session.age_elsewhere, model::duration{0}).count();
    case fact::session_n: return static_cast<std::int64_t>(session.number);
    case fact::pipelined: return session.is_pipelined ? 1 : 0;
    case fact::bytes_in: return static_cast<std::int64_t>(session.octets_in);
    default: return std::nullopt;
  }
}

std::int64_t recipients_of(const event& facts) {
  std::int64_t count = 0;
  for_each_recipient(facts, [&count](std::string_view) {
    ++count;
    return false;
  });
  return count;
}

std::int64_t distinct_domains(const event& facts) {
  std::set<std::string> domains;
  for_each_recipient(facts, [&domains](std::string_view address) {
    domains.insert(folded(domain_of(address)));
    return false;
  });
  return static_cast<std::int64_t>(domains.size());
}

std::optional<std::int64_t> declared_size(const event& facts) {
  const auto text = parameter(facts, "SIZE");
  if (!text) return std::nullopt;
  std::int64_t size = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), size);
  if (error != std::errc{} || end != text->data() + text->size()) return std::nullopt;
  return size;
}

std::optional<std::int64_t> envelope_number(fact id, const event& facts) {
  switch (id) {
    case fact::mail_from_null: {
      const auto path = reverse_path_of(facts);
      if (!path) return std::nullopt;
      return path->empty() ? 1 : 0;
    }
    case fact::mail_size_declared: return declared_size(facts);
    case fact::rcpt_index:
      if (facts.envelope == nullptr) return 1;
      return static_cast<std::int64_t>(facts.envelope->recipients.size()) + 1;
    case fact::rcpt_count: return recipients_of(facts);
    case fact::rcpt_distinct_domains: return distinct_domains(facts);
    default: return std::nullopt;
  }
}

std::optional<std::int64_t> message_number(fact id, const event& facts) {
  switch (id) {
    case fact::size: return static_cast<std::int64_t>(facts.size);
    case fact::has_bare_lf: return model::look_at_lines(facts.message).bare_lf_count != 0 ? 1 : 0;
    case fact::line_max:
      return static_cast<std::int64_t>(model::look_at_lines(facts.message).longest_line);
    case fact::received_count:
      return static_cast<std::int64_t>(count_fields(facts.message, "received"));
    case fact::dkim_signed: return count_fields(facts.message, "dkim-signature") != 0 ? 1 : 0;
    case fact::message_age: return facts.age.count();
    default: return std::nullopt;
  }
}

std::optional<std::int64_t> parsed_number(fact id, const parsed_facts& parsed) {
  switch (id) {
    case fact::parse_error: return parsed.has_defects ? 1 : 0;
    case fact::attachment_count: return static_cast<std::int64_t>(parsed.attachments.size());
    case fact::attachment_max_size: {
      std::uint64_t most = 0;
      for (const attachment_facts& each : parsed.attachments) most = std::max(most, each.size);
      return static_cast<std::int64_t>(most);
    }
    default: return std::nullopt;
  }
}

// Where the recipients are a set, the set, in an order of its own.
void append_recipients(std::string& out, const event& facts) {
  if (has_one_recipient(facts)) return append_folded(out, facts.path);
  std::vector<std::string> all;
  for_each_recipient(facts, [&all](std::string_view address) {
    all.push_back(folded(address));
    return false;
  });
  std::sort(all.begin(), all.end());
  for (const std::string& each : all) out.append(each).append(",");
}

std::optional<std::string_view> first_field(fact id, const event& facts, std::string& storage) {
  struct first final : text_visitor {
    explicit first(std::string& where) : found(where) {}
    bool visit(std::string_view text) override {
      found = text;
      return is_found = true;
    }
    std::string& found;
    bool is_found = false;
  } visitor(storage);
  visit_texts({id, {}}, facts, visitor);
  if (!visitor.is_found) return std::nullopt;
  return storage;
}

// False if the part is absent.
bool append_part(std::string& out, key_part part, const event& facts) {
  const auto append = [&out](std::optional<std::string_view> text) {
    if (text) append_folded(out, *text);
    return text.has_value();
  };
  switch (part) {
    case key_part::rig: return true;
    case key_part::connection:
      if (facts.session == nullptr) return false;
      out += to_string(facts.session->id);
      return true;
    case key_part::transaction:
      if (facts.attempt == nullptr) return false;
      out += model::to_string(*facts.attempt);
      return true;
    case key_part::client_ip: return append(facts.client_address);
    case key_part::mail_from: return append(reverse_path_of(facts));
    case key_part::mail_from_domain: return append(text_of(fact::mail_from_domain, facts));
    case key_part::rcpt: append_recipients(out, facts); return true;
    case key_part::auth_user: return append(text_of(fact::auth_user, facts));
    case key_part::fingerprint: return append(text_of(fact::fingerprint, facts));
    case key_part::message_id: {
      std::string storage;
      return append(first_field(fact::message_id, facts, storage));
    }
    case key_part::helo: return append(text_of(fact::helo, facts));
  }
  return false;
}

}  // namespace

std::optional<std::string_view> reverse_path_of(const event& facts) {
  if (facts.point == model::stage::mail && facts.envelope == nullptr) return facts.path;
  if (facts.envelope == nullptr) return std::nullopt;
  return facts.envelope->reverse_path;
}

bool has_one_recipient(const event& facts) {
  using enum model::stage;
  return facts.point == rcpt || facts.point == deliver || facts.point == mailbox_read ||
         (facts.point == end_of_data && facts.talk == protocol::lmtp);
}

std::string_view recipient_of(const event& facts) {
  if (has_one_recipient(facts)) return facts.path;
  std::string_view first;
  for_each_recipient(facts, [&first](std::string_view address) {
    first = address;
    return true;
  });
  return first;
}

bool has_several_texts(fact id) {
  switch (id) {
    case fact::rcpt_any:
    case fact::rcpt_all:
    case fact::header:
    case fact::header_from_address:
    case fact::message_id:
    case fact::list_unsubscribe:
    case fact::attachment_any_name:
    case fact::attachment_any_ext:
    case fact::attachment_any_type: return true;
    default: return false;
  }
}

std::optional<std::string_view> text_of(fact id, const event& facts) {
  switch (id) {
    case fact::client_ip: return facts.client_address;
    case fact::helo: return unless_empty(facts.helo);
    case fact::mail_from: return reverse_path_of(facts);
    case fact::mail_from_domain: {
      const auto path = reverse_path_of(facts);
      if (!path) return std::nullopt;
      return domain_of(*path);
    }
    case fact::mail_body: return parameter(facts, "BODY");
    case fact::rcpt:
      if (!has_one_recipient(facts)) return std::nullopt;
      return facts.path;
    case fact::rcpt_domain:
      if (!has_one_recipient(facts)) return std::nullopt;
      return domain_of(facts.path);
    case fact::auth_user:
    case fact::auth_mechanism: return auth_text(id, facts);
    case fact::subject:
    case fact::text:
    case fact::fingerprint:
      if (facts.parsed == nullptr) return std::nullopt;
      return id == fact::subject ? facts.parsed->subject
             : id == fact::text  ? facts.parsed->text
                                 : facts.parsed->fingerprint;
    default: return session_text(id, facts.session);
  }
}

void visit_texts(const fact_name& what, const event& facts, text_visitor& visitor) {
  if (what.id == fact::rcpt_any || what.id == fact::rcpt_all)
    return for_each_recipient(
        facts, [&visitor](std::string_view address) { return visitor.visit(address); });
  if (row_of(what.id).source == fact_source::message) return visit_fields(what, facts, visitor);
  if (facts.parsed == nullptr) return;
  for (const attachment_facts& each : facts.parsed->attachments) {
    if (visitor.visit(attachment_text(what.id, each))) return;
  }
}

std::optional<std::int64_t> number_of(fact id, const event& facts, model::instant now) {
  if (id == fact::session_idle) return facts.idle.count();
  if (id == fact::auth_ok) return auth_succeeded(facts);
  switch (row_of(id).source) {
    case fact_source::session:
      if (facts.session == nullptr) return std::nullopt;
      return session_number(id, *facts.session, now);
    case fact_source::envelope: return envelope_number(id, facts);
    case fact_source::message: return message_number(id, facts);
    case fact_source::parser:
      if (facts.parsed == nullptr) return std::nullopt;
      return parsed_number(id, *facts.parsed);
    default: return std::nullopt;
  }
}

bool has_value(const fact_name& what, const event& facts, model::instant now) {
  const fact_kind kind = kind_of(what.id);
  if (kind != fact_kind::text && kind != fact_kind::address)
    return number_of(what.id, facts, now).has_value();
  if (!has_several_texts(what.id)) return text_of(what.id, facts).has_value();
  struct any final : text_visitor {
    bool visit(std::string_view) override { return is_there = true; }
    bool is_there = false;
  } visitor;
  visit_texts(what, facts, visitor);
  return visitor.is_there;
}

std::string shown_value(const fact_name& what, const event& facts, model::instant now) {
  constexpr std::size_t most_values = 8;
  const fact_kind kind = kind_of(what.id);
  if (kind == fact_kind::text || kind == fact_kind::address) {
    if (!has_several_texts(what.id)) {
      const auto text = text_of(what.id, facts);
      return text ? '"' + shown(*text) + '"' : "(absent)";
    }
    struct list final : text_visitor {
      bool visit(std::string_view text) override {
        if (++count > most_values) return true;
        all.append(all.empty() ? "\"" : ", \"").append(shown(text, 80)).append("\"");
        return false;
      }
      std::size_t count = 0;
      std::string all;
    } visitor;
    visit_texts(what, facts, visitor);
    if (visitor.count > most_values) visitor.all += ", …";
    return visitor.all.empty() ? "(absent)" : visitor.all;
  }
  const auto number = number_of(what.id, facts, now);
  if (!number) return "(absent)";
  if (kind == fact_kind::flag) return *number != 0 ? "true" : "false";
  if (kind == fact_kind::time) return duration_text(model::duration{*number});
  return std::to_string(*number);
}

bool append_key(std::string& out, const key_parts& parts, const event& facts) {
  const std::size_t begin = out.size();
  bool is_whole = true;
  for (const key_part part : parts) {
    is_whole = append_part(out, part, facts) && is_whole;
    out += '\x1f';
  }
  if (!parts.empty()) out.pop_back();
  if (out.size() - begin > longest_key) {
    const std::uint64_t rest = hash_of(std::string_view(out).substr(begin));
    out.resize(begin + longest_key);
    out += '#' + std::to_string(rest);
  }
  return is_whole;
}

}  // namespace mailrig::faults
