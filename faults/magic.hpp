// Magic recipients: addresses of a reserved domain that bring a fault without any set-up, such as
// 550-5.1.1@fault.test. They are ordinary rules, made once at start.
#pragma once

#include "faults/rule_set.hpp"

#include <string>
#include <string_view>

namespace mailrig::faults {

// 1 to 200 letters, digits, dots and hyphens.
[[nodiscard]] bool is_magic_domain(std::string_view domain);
// Their ids begin with "magic/"; what stands behind a `+` of the local part is ignored. The domain
// is one, in lower case.
[[nodiscard]] rule_set magic_rules(const std::string& domain);

}  // namespace mailrig::faults
