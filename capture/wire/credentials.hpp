// Who may log in, and with what. By default everybody, with anything.
//
// Read by all sessions, owned by whoever starts the server, and never changed while they run. Names
// and passwords are compared octet by octet.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace mailrig::wire {

inline constexpr const char* no_such_user = "there is no such user among those of --smtp-user";
inline constexpr const char* wrong_password =
    "the password is not the one that --smtp-user or --sasl-password gives";

class credentials {
 public:
  // From the first user on, only those named may log in.
  void add_user(std::string name, std::string password);
  // Every name may log in with this password; a user that was added keeps its own.
  void set_common_password(std::string password);

  [[nodiscard]] bool accept_anything() const { return users_.empty() && !common_password_; }
  // Nothing if there is no such user, or if anything is accepted.
  [[nodiscard]] std::optional<std::string_view> password_of(std::string_view user) const;
  // True if that user may log in with something.
  [[nodiscard]] bool knows(std::string_view user) const {
    return accept_anything() || password_of(user).has_value();
  }
  // Null if they may log in; else a clause that says why not, and names neither of the two.
  [[nodiscard]] const char* find_fault(std::string_view user, std::string_view password) const;

 private:
  std::map<std::string, std::string, std::less<>> users_;
  std::optional<std::string> common_password_;
};

}  // namespace mailrig::wire
