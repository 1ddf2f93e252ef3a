// Who may log in over POP3: everybody, or those who were named with their passwords.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mailrig::pop3 {

class credentials {
 public:
  // From the first one on, nobody else may log in. Names compare without ASCII case, as mailboxes
  // do; the last password of a name counts.
  void add(std::string name, std::string password);

  [[nodiscard]] bool accept_everybody() const { return users_.empty(); }
  [[nodiscard]] bool accept_password(std::string_view name, std::string_view password) const;
  // RFC 1939 7: `digest` is the MD5, in hexadecimal, of the greeting's timestamp and the password.
  [[nodiscard]] bool accept_digest(std::string_view name, std::string_view timestamp,
                                   std::string_view digest) const;

 private:
  struct user {
    std::string name;
    std::string password;
  };
  [[nodiscard]] const user* find(std::string_view name) const;

  std::vector<user> users_;
};

}  // namespace mailrig::pop3
