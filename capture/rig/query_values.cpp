#include "capture/rig/query_values.hpp"

namespace mailrig::rig {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Takes what it reads from the front; each step says whether it was there.
class time_reader {
 public:
  explicit time_reader(std::string_view text) : rest_(text) {}

  bool number(std::size_t digits, unsigned& value) {
    if (rest_.size() < digits) return false;
    value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (!is_digit(rest_[i])) return false;
      value = value * 10 + static_cast<unsigned>(rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return true;
  }
  bool sign(std::string_view one_of, char* which = nullptr) {
    if (rest_.empty() || one_of.find(rest_.front()) == one_of.npos) return false;
    if (which != nullptr) *which = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }
  [[nodiscard]] bool is_done() const { return rest_.empty(); }
  // Any number of digits behind the seconds; what is finer than a millisecond does not count.
  bool fraction(unsigned& thousandths) {
    if (rest_.empty() || !is_digit(rest_.front())) return false;
    thousandths = 0;
    unsigned place = 100;
    for (; !rest_.empty() && is_digit(rest_.front()); rest_.remove_prefix(1), place /= 10)
      thousandths += place * static_cast<unsigned>(rest_.front() - '0');
    return true;
  }

 private:
  std::string_view rest_;
};

std::optional<minutes> read_zone(time_reader& in) {
  char sign = '+';
  if (in.is_done() || in.sign("Zz")) return minutes(0);
  unsigned hour = 0, minute = 0;
  if (!in.sign("+- ", &sign) || !in.number(2, hour)) return std::nullopt;
  (void)in.sign(":");
  if (!in.number(2, minute) || hour > 23 || minute > 59) return std::nullopt;
  const minutes offset = hours(hour) + minutes(minute);
  return sign == '-' ? -offset : offset;
}

std::optional<milliseconds> read_time_of_day(time_reader& in) {
  unsigned hour = 0, minute = 0, second = 0, thousandths = 0;
  if (!in.sign("Tt ") || !in.number(2, hour) || !in.sign(":") || !in.number(2, minute))
    return std::nullopt;
  if (in.sign(":") && !in.number(2, second)) return std::nullopt;
  if (in.sign(".,") && !in.fraction(thousandths)) return std::nullopt;
  if (hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const auto zone = read_zone(in);
  if (!zone) return std::nullopt;
  return hours(hour) + minutes(minute) + seconds(second) + milliseconds(thousandths) - *zone;
}

}  // namespace

std::optional<model::instant> parse_time(std::string_view text) {
  time_reader in(text);
  unsigned year = 0, month = 0, day = 0;
  if (!in.number(4, year) || !in.sign("-") || !in.number(2, month) || !in.sign("-") ||
      !in.number(2, day))
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)),
                                         std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  const model::instant midnight = std::chrono::sys_days(date);
  if (in.is_done()) return midnight;
  const auto time = read_time_of_day(in);
  if (!time || !in.is_done()) return std::nullopt;
  return midnight + *time;
}

}  // namespace mailrig::rig
