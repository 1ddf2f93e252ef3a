#include "capture/wire/credentials.hpp"

#include <utility>

namespace mailrig::wire {

void credentials::add_user(std::string name, std::string password) {
  users_.insert_or_assign(std::move(name), std::move(password));
}

void credentials::set_common_password(std::string password) {
  common_password_ = std::move(password);
}

std::optional<std::string_view> credentials::password_of(std::string_view user) const {
  if (const auto found = users_.find(user); found != users_.end()) return found->second;
  return common_password_;
}

const char* credentials::find_fault(std::string_view user, std::string_view password) const {
  if (accept_anything()) return nullptr;
  const auto expected = password_of(user);
  if (!expected) return no_such_user;
  return *expected == password ? nullptr : wrong_password;
}

}  // namespace mailrig::wire
