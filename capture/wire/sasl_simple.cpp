// PLAIN (RFC 4616), LOGIN (draft-murchison-sasl-login), EXTERNAL (RFC 4422 A), ANONYMOUS (RFC
// 4505).
#include "capture/wire/sasl_machine.hpp"

#include <utility>

namespace mailrig::wire {
namespace {

sasl_outcome judge(const credentials& users, model::authentication who, std::string_view password) {
  if (const char* fault = users.find_fault(who.user, password))
    return refused(fault, std::move(who));
  return sasl_done{std::move(who)};
}

class plain final : public sasl_machine {
 public:
  explicit plain(const sasl_terms& terms) : users_(terms.users) {}

  // RFC 4616 2: [authzid] NUL authcid NUL passwd. Octets are taken as they are: clients send
  // Latin-1 too.
  sasl_outcome step(std::string_view response) override {
    const std::size_t first = response.find('\0');
    const std::size_t second =
        first == std::string_view::npos ? first : response.find('\0', first + 1);
    if (second == std::string_view::npos ||
        response.find('\0', second + 1) != std::string_view::npos)
      return malformed("PLAIN wants [authorization] NUL user NUL password (RFC 4616 2)");
    model::authentication who;
    who.authorization = response.substr(0, first);
    who.user = response.substr(first + 1, second - first - 1);
    if (who.user.empty()) return malformed("the user name is empty (RFC 4616 2)");
    return judge(users_, std::move(who), response.substr(second + 1));
  }

 private:
  const credentials& users_;
};

class login final : public sasl_machine {
 public:
  explicit login(const sasl_terms& terms) : users_(terms.users) {}

  // The words that clients look for; most ignore them.
  std::string open() override { return "Username:"; }

  sasl_outcome step(std::string_view response) override {
    if (user_) {
      model::authentication who;
      who.user = *std::move(user_);
      return judge(users_, std::move(who), response);
    }
    if (response.empty()) return malformed("the user name is empty");
    user_ = response;
    return sasl_challenge{"Password:"};
  }

 private:
  const credentials& users_;
  std::optional<std::string> user_;
};

class external final : public sasl_machine {
 public:
  explicit external(const sasl_terms& terms)
      : users_(terms.users), certificate_name_(terms.certificate_name) {}

  // The response names whom the client wants to act for, if somebody else.
  sasl_outcome step(std::string_view response) override {
    model::authentication who;
    who.user = certificate_name_;
    who.authorization = response;
    if (response.find('\0') != std::string_view::npos)
      return malformed("a name holds no NUL (RFC 4422 A)");
    if (certificate_name_.empty())
      return refused("the client gave no certificate to take its name from", std::move(who));
    if (!users_.knows(who.user)) return refused(no_such_user, std::move(who));
    return sasl_done{std::move(who)};
  }

 private:
  const credentials& users_;
  std::string certificate_name_;
};

class anonymous final : public sasl_machine {
 public:
  explicit anonymous(const sasl_terms& terms) : users_(terms.users) {}

  // The response is a trace, such as a mail address; it may be empty (RFC 4505 2).
  sasl_outcome step(std::string_view response) override {
    model::authentication who;
    who.user = response.empty() ? "anonymous" : response;
    if (!users_.accept_anything())
      return refused("only the users of --smtp-user and --sasl-password may log in",
                     std::move(who));
    return sasl_done{std::move(who)};
  }

 private:
  const credentials& users_;
};

}  // namespace

std::unique_ptr<sasl_machine> make_plain(const sasl_terms& terms) {
  return std::make_unique<plain>(terms);
}
std::unique_ptr<sasl_machine> make_login(const sasl_terms& terms) {
  return std::make_unique<login>(terms);
}
std::unique_ptr<sasl_machine> make_external(const sasl_terms& terms) {
  return std::make_unique<external>(terms);
}
std::unique_ptr<sasl_machine> make_anonymous(const sasl_terms& terms) {
  return std::make_unique<anonymous>(terms);
}

}  // namespace mailrig::wire
