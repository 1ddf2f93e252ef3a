#include "capture/store/memory_store.hpp"

#include "tests/contract/store_contract.hpp"

namespace mailrig::store::contract {

struct memory_store_maker {
  static std::unique_ptr<store> make() { return std::make_unique<memory_store>(); }
};

INSTANTIATE_TYPED_TEST_SUITE_P(MemoryStore, StoreContract, memory_store_maker);

}  // namespace mailrig::store::contract
