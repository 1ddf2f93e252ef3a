#include "capture/pop3/credentials.hpp"

#include "capture/wire/digest.hpp"
#include "capture/wire/text.hpp"

#include <algorithm>
#include <utility>

namespace mailrig::pop3 {

void credentials::add(std::string name, std::string password) {
  std::erase_if(users_,
                [&name](const user& each) { return wire::equals_ignoring_case(each.name, name); });
  users_.push_back({std::move(name), std::move(password)});
}

const credentials::user* credentials::find(std::string_view name) const {
  const auto found = std::find_if(users_.begin(), users_.end(), [name](const user& each) {
    return wire::equals_ignoring_case(each.name, name);
  });
  return found == users_.end() ? nullptr : &*found;
}

bool credentials::accept_password(std::string_view name, std::string_view password) const {
  if (accept_everybody()) return true;
  const user* const known = find(name);
  return known != nullptr && known->password == password;
}

bool credentials::accept_digest(std::string_view name, std::string_view timestamp,
                                std::string_view digest) const {
  if (accept_everybody()) return true;
  const user* const known = find(name);
  if (known == nullptr) return false;
  const std::string expected =
      wire::to_hex(wire::digest(wire::hash::md5, std::string(timestamp) + known->password));
  return wire::equals_ignoring_case(expected, digest);
}

}  // namespace mailrig::pop3
