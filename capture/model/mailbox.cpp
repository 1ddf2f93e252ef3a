#include "capture/model/mailbox.hpp"

#include <ostream>

namespace mailrig::model {

std::string unique_id(const mailbox_entry& entry) {
  std::string result = to_string(entry.message);
  if (entry.copy > 1) result += '.' + std::to_string(entry.copy);
  return result;
}

std::ostream& operator<<(std::ostream& out, const mailbox_entry& entry) {
  return out << unique_id(entry) << ' ' << entry.octets << (entry.was_read ? " read" : "")
             << (entry.is_deleted ? " deleted" : "");
}

}  // namespace mailrig::model
