// Whoever waits because a rule told it to, and is let go when that rule is removed.
//
// A link in its rig's list for as long as it waits; leaves by its destructor.
#pragma once

#include "faults/verdict.hpp"

#include <cstdint>
#include <vector>

#include <boost/intrusive/list_hook.hpp>

namespace mailrig::rig {

using waiting_hook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

class waits_by_rule : public waiting_hook {
 public:
  virtual ~waits_by_rule() = default;
  // The tokens (faults::firing) of the rules that make it wait.
  [[nodiscard]] virtual const std::vector<faults::firing>& held_by() const = 0;
  // Its rule is gone: it goes on. Called once, when it stands in no list any more.
  virtual void release() = 0;
};

// Whoever must know when the rules of rigs, or the routes to them, change.
class rule_follower : public boost::intrusive::list_base_hook<
                          boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  virtual ~rule_follower() = default;
  virtual void rules_changed() = 0;
};

}  // namespace mailrig::rig
