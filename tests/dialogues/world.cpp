#include "tests/dialogues/world.hpp"

#include "capture/model/mail_builder.hpp"
#include "capture/store/memory_store.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <sstream>
#include <utility>

namespace mailrig::dialogue {
namespace {

// A store whose disk is full, so to say.
class full_store final : public store::store {
 public:
  void put(model::mail_ref,
           std::function<void(std::optional<mailrig::store::put_result>)> done) override {
    done(std::nullopt);
  }
  std::optional<mailrig::store::message_uid> find(const model::id&) const override {
    return std::nullopt;
  }
  mailrig::store::entry get(mailrig::store::message_uid) const override { return {}; }
  void set_row(mailrig::store::message_uid, std::shared_ptr<const std::string>) override {}
  void set_facts(mailrig::store::message_uid, std::shared_ptr<const std::string>) override {}
  void set_marks(mailrig::store::message_uid,
                 std::shared_ptr<const mailrig::store::message_marks>) override {}
  void set_fates(mailrig::store::message_uid, std::shared_ptr<const model::mail_fates>) override {}
  mailrig::store::entry remove(mailrig::store::message_uid) override { return {}; }
  mailrig::store::entry remove_oldest() override { return {}; }
  mailrig::store::entry oldest() const override { return {}; }
  std::size_t clear() override { return 0; }
  mailrig::store::snapshot take_snapshot() const override { return {}; }
  mailrig::store::message_uid begin_uid() const override { return 1; }
  mailrig::store::message_uid end_uid() const override { return 1; }
  mailrig::store::usage in_use() const override { return {}; }
  std::uint64_t revision() const override { return 0; }
  void count_into(mailrig::store::usage&) override {}
};

std::unique_ptr<store::store> make_memory_store() {
  return std::make_unique<store::memory_store>();
}

bool read_octets(world_settings& into, const std::string& key, const std::string& value) {
  const std::vector<std::pair<std::string_view, std::size_t*>> known = {
      {"max_recipients", &into.rules.max_recipients},
      {"max_message_size", &into.rules.max_message_size},
      {"max_command_line", &into.rules.max_command_line},
      {"max_errors", &into.rules.max_errors},
      {"max_auth_line", &into.rules.auth.max_line},
      {"max_commands", &into.rules.max_commands},
      {"max_messages", &into.limits.max_messages},
      {"max_memory", &into.limits.max_octets},
      {"transcript_memory", &into.limits.transcript_octets},
  };
  const auto found = std::find_if(known.begin(), known.end(),
                                  [&key](const auto& each) { return each.first == key; });
  if (found == known.end()) return false;
  *found->second = parse_octets(value);
  into.pop3_rules.max_command_line = into.rules.max_command_line;
  into.pop3_rules.max_errors = into.rules.max_errors;
  return true;
}

bool read_tls(world_settings& into, const std::string& key, const std::string& value) {
  if (key == "tls" && value == "offered") {
    into.rules.tls = smtp::tls_mode::offered;
    into.pop3_rules.tls = pop3::tls_mode::offered;
  } else if (key == "tls" && value == "implicit") {
    into.rules.tls = smtp::tls_mode::implicit;
    into.pop3_rules.tls = pop3::tls_mode::implicit;
  } else if (key == "requires_tls" && value == "yes") {
    into.rules.requires_tls = true;
  } else if (key == "handshake_timeout") {
    into.rules.handshake_timeout = into.pop3_rules.handshake_timeout = parse_time(value);
  } else {
    return false;
  }
  return true;
}

bool read_flag(world_settings& into, const std::string& key, const std::string& value) {
  const std::vector<std::pair<std::string_view, bool*>> known = {
      {"require_auth", &into.rules.auth.is_required},
      {"auth_before_tls", &into.rules.auth.is_offered_before_tls},
      {"old_auth_line", &into.rules.auth.has_old_line},
      {"show_secrets", &into.rules.auth.shows_secrets},
  };
  const auto found = std::find_if(known.begin(), known.end(),
                                  [&key](const auto& each) { return each.first == key; });
  if (found == known.end() || (value != "yes" && value != "no")) return false;
  *found->second = value == "yes";
  return true;
}

void add_users(wire::credentials& users, const std::string& list) {
  std::istringstream names(list);
  for (std::string each; std::getline(names, each, ',');) {
    const std::size_t colon = each.find(':');
    if (colon == std::string::npos) throw script_error("smtp_users=NAME:PASSWORD,...");
    users.add_user(each.substr(0, colon), each.substr(colon + 1));
  }
}

wire::sasl_mechanism_set parse_mechanisms(const std::string& list) {
  wire::sasl_mechanism_set result;
  std::istringstream names(list);
  for (std::string each; std::getline(names, each, ',');) {
    const auto found = wire::find_sasl_mechanism(each);
    if (!found) throw script_error("no mechanism is called '" + each + "'");
    result.insert(*found);
  }
  return result;
}

bool read_login(world_settings& into, const std::string& key, const std::string& value) {
  if (key == "smtp_users") {
    add_users(into.rules.auth.users, value);
  } else if (key == "sasl_password") {
    into.rules.auth.users.set_common_password(value);
  } else if (key == "auth_mechanisms") {
    into.rules.auth.mechanisms = parse_mechanisms(value);
  } else {
    return read_flag(into, key, value);
  }
  return true;
}

// "DSN,CHUNKING"
void disable(smtp::settings& rules, std::string_view keywords) {
  while (!keywords.empty()) {
    const std::string_view one = keywords.substr(0, keywords.find(','));
    const auto found = smtp::find_extension(one);
    if (!found) throw script_error("no extension is called '" + std::string(one) + "'");
    rules.disabled.add(*found);
    keywords.remove_prefix(std::min(one.size() + 1, keywords.size()));
  }
}

// Settings of POP3.
bool read_reading(pop3::settings& into, const std::string& key, const std::string& value) {
  if (key == "pop3_user") {
    add_users(into.users, value);
  } else if (key == "pop3_password") {
    into.users.set_common_password(value);
  } else if (key == "pop3_mechanisms") {
    into.mechanisms = parse_mechanisms(value);
  } else if (key == "pop3_all") {
    into.mailboxes.all_name = value;
  } else if (key == "pop3_max_age") {
    into.mailboxes.max_age = parse_time(value);
  } else if (key == "pop3_login_delay") {
    into.mailboxes.login_delay = parse_time(value);
  } else if (key == "pop3_share") {
    into.mailboxes.locking = model::mailbox_rules::lock::shared;
  } else if (key == "pop3_strict") {
    into.mailboxes.unknown = model::mailbox_rules::unknown_login::is_refused;
  } else {
    return false;
  }
  return true;
}

}  // namespace

world_settings read_settings(const script& played) {
  world_settings result;
  for (const auto& [key, value] : played.settings) {
    if (read_octets(result, key, value) || read_tls(result, key, value) ||
        read_login(result, key, value) || read_reading(result.pop3_rules, key, value))
      continue;
    if (key == "host_name") {
      result.rules.host_name = result.pop3_rules.host_name = value;
    } else if (key == "protocol" && value == "lmtp") {
      result.rules.speaks = smtp::dialect::lmtp;
    } else if (key == "strict" && value == "yes") {
      result.rules.is_strict = true;
    } else if (key == "xclient_from") {
      result.rules.xclient_from =
          std::get<wire::trusted_peers>(wire::trusted_peers::parse({value}));
    } else if (key == "disable") {
      disable(result.rules, value);
    } else if (key == "idle_timeout") {
      result.rules.idle_timeout = result.pop3_rules.idle_timeout = parse_time(value);
    } else if (key == "store" && value == "full") {
      result.make_store = [] { return std::make_unique<full_store>(); };
    } else {
      throw script_error(played.name + ": no setting " + key + '=' + value);
    }
  }
  return result;
}

world::world(const world_settings& settings, std::vector<scripted_fault> faults,
             const std::string& rules)
    : rules_(settings.rules),
      pop3_rules_(settings.pop3_rules),
      texts_(smtp::announce(rules_)),
      rigs_(settings.limits, clock_, session_ids_,
            settings.make_store ? settings.make_store : make_memory_store),
      asks_the_rigs_(settings.asks_the_rigs),
      scripted_(std::move(faults)) {
  home().add_observer(*this);
  if (rules.empty()) return;
  engine_ = std::make_unique<faults::engine>(faults::clocks{clock_, clock_}, 1);
  (void)replace_rules(rules);
}

std::vector<std::uint64_t> world::replace_rules(const std::string& json) {
  if (!engine_) throw script_error("rules are replaced where '# rules:' gave some");
  faults::load_result loaded = faults::load_rule_set(json);
  for (const faults::load_error& each : loaded.errors)
    throw script_error(each.pointer + ": " + each.wrong + "; right would be " + each.right);
  return engine_->replace(*std::move(loaded.rules));
}

std::unique_ptr<wire::protocol_session> world::make_session(protocol spoken,
                                                            rig::session_recorder& recorder,
                                                            const std::string& peer,
                                                            std::uint16_t peer_port,
                                                            std::uint16_t own_port) {
  faults::judge& judge = asks_the_rigs_ ? recorder.judge()
                         : engine_      ? static_cast<faults::judge&>(*engine_)
                                        : scripted_;
  if (spoken == protocol::pop3) {
    return std::make_unique<pop3::session>(
        pop3::surroundings{pop3_rules_, judge, recorder, nonces_}, recorder.session(),
        pop3::peer{peer, peer_port, own_port});
  }
  return std::make_unique<smtp::session>(
      smtp::surroundings{rules_, texts_, judge, recorder, attempt_ids_, clock_, rigs_, nonces_},
      recorder.session(), smtp::peer{.address = peer, .port = peer_port, .server_port = own_port});
}

void world::add_mail(std::string_view rcpt, std::string_view text) {
  model::envelope envelope{"sender@a.test", "", {}};
  while (!rcpt.empty()) {
    const std::string_view address = rcpt.substr(0, rcpt.find(','));
    envelope.recipients.push_back({std::string(address), "", 250, {2, 1, 5}, "Recipient ok"});
    rcpt.remove_prefix(std::min(rcpt.size(), address.size() + 1));
  }
  model::mail_builder builder(rigs_, envelope, text.size());
  builder.append(text);
  model::attempt_facts facts;
  facts.attempt = attempt_ids_.draw(clock_.now());
  facts.started_at = facts.ended_at = clock_.now();
  facts.result = model::outcome::accepted;
  facts.reached = model::stage::end_of_data;
  facts.octets_received = text.size();
  facts.reply_code = 250;
  home().deliver(builder.finish(facts, ""), [](const auto& put) {
    if (!put) throw script_error("there is no room for the mail");
  });
}

void world::remove_all_messages() {
  const store::snapshot all = home().messages().take_snapshot();
  for (auto uid = all.begin_uid(); uid < all.end_uid(); ++uid) {
    if (const store::entry* const each = all.find(uid)) evicted_.push_back(each->mail->id());
  }
  home().remove_all();
}

std::string world::transcript_of(std::size_t session) {
  static constexpr std::string_view who[] = {"C: ", "S: ", "N: "};
  std::string result;
  const rig::transcript said =
      rigs_.transcripts().read(home().sessions().at(session - 1)->transcript);
  for (const rig::transcript_line& each : said.lines) {
    result += who[static_cast<std::size_t>(each.kind)];
    result += each.octets;
    if (!each.octets.ends_with('\n')) result += '\n';
  }
  return result;
}

void world::check_that_nothing_leaked() {
  for (std::uint64_t n = 1; n <= attempt_ids_.drawn(); ++n) {
    const model::id id = attempt_ids_.number(n);
    const auto is_it = [&id](const model::mail_ref& each) { return each->id() == id; };
    const auto as_attempt = std::count_if(attempts_.begin(), attempts_.end(), is_it);
    const auto as_evicted = std::count(evicted_.begin(), evicted_.end(), id);
    const auto kept = as_attempt + as_evicted + (home().messages().find(id) ? 1 : 0);
    if (kept != 1)
      throw script_error("attempt " + std::to_string(n) + " is kept " + std::to_string(kept) +
                         " times instead of once");
  }
  home().remove_all();
  const std::size_t all = rigs_.limits().max_octets;
  if (!rigs_.take(all)) throw script_error("octets of the budget were not given back");
  rigs_.give_back(all);
}

void world::message_announced(const rig::rig&, store::message_uid, const model::mail_ref& mail) {
  announced_.push_back(mail->id());
}
void world::messages_removed(const rig::rig&, const std::vector<model::id>& which, rig::removal) {
  evicted_.insert(evicted_.end(), which.begin(), which.end());
}
void world::attempt_ended(const rig::rig&, const model::mail_ref& attempt) {
  attempts_.push_back(attempt);
}
void world::session_ended(const rig::rig&, const rig::session_record&) {
  ++sessions_ended_;
}

}  // namespace mailrig::dialogue
