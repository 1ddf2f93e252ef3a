# What comes from the distribution; each dependency's reason stands in docs/decisions/0002-dependencies.md.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(nlohmann_json 3 REQUIRED)
find_package(CLI11 2 REQUIRED)
find_package(spdlog REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
# Its own CMake files want civetweb and curl, for parts of it that are not used here.
pkg_check_modules(prometheus REQUIRED IMPORTED_TARGET prometheus-cpp-core)
pkg_check_modules(gmime REQUIRED IMPORTED_TARGET gmime-3.0)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(gsasl REQUIRED IMPORTED_TARGET libgsasl)
if(MAILRIG_TESTS)
  find_package(GTest REQUIRED)
endif()
if(MAILRIG_BENCH)
  find_package(benchmark REQUIRED)
endif()

# Asio and Beast, whose bodies are compiled once, here, and not again in every file that includes them.
add_library(mailrig_asio STATIC ${CMAKE_SOURCE_DIR}/cmake/asio.cpp ${CMAKE_SOURCE_DIR}/cmake/beast.cpp)
target_compile_features(mailrig_asio PUBLIC cxx_std_20)
target_link_libraries(mailrig_asio PUBLIC Boost::headers OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
target_compile_definitions(mailrig_asio PUBLIC
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE
  BOOST_BEAST_SEPARATE_COMPILATION BOOST_BEAST_USE_STD_STRING_VIEW
  # Frames of coroutines come from malloc, which aligns enough, and are recycled: memalign cost a tenth of a short session.
  BOOST_ASIO_DISABLE_STD_ALIGNED_ALLOC BOOST_ASIO_DISABLE_BOOST_ALIGN BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=16)
