// Whoever must know when the rules of rigs, or the routes to them, change.
//
// A link in the table's list; leaves by its destructor.
#pragma once

#include <boost/intrusive/list_hook.hpp>

namespace mailrig::rig {

class rule_follower : public boost::intrusive::list_base_hook<
                          boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  virtual ~rule_follower() = default;
  virtual void rules_changed() = 0;
};

}  // namespace mailrig::rig
